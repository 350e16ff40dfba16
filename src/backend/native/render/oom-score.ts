import { AT_FDCWD, O_CLOEXEC, O_RDWR, O_WRONLY } from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument } from '../program/program.ts';

const NAME = 'oom_score_adj';
const FILE = `/proc/self/${NAME}`;

/**
 * How willingly the kernel kills the container when the machine has no memory left (proc(5)). It is the
 * keeper who writes it, of itself, since init is born with the score of who forks it: a container with a
 * user namespace of its own may lower nothing. What is answered gives the keeper its own score back.
 */
export function lendOomScore(p: ProgramBuilder, score: number): () => void {
  const words = `set ${FILE} to ${score}`;
  const file = { result: p.call(words, 'openat', AT_FDCWD, p.string(FILE), O_RDWR | O_CLOEXEC) };
  const before = p.space('score of the keeper', 8);
  const length = p.call(words, 'read', file, before, before.size);
  write(p, words, file, score);
  return () => {
    p.call('give the keeper its own score back', 'write', file, before, { result: length });
    p.call('close', 'close', file);
  };
}

/** That of one process: of its own, or of whom it has the directory in /proc. */
export function setOomScore(p: ProgramBuilder, score: number, whose?: { directory: Argument }): void {
  const words = `set ${FILE} to ${score}`;
  const path = p.string(whose ? NAME : FILE);
  const flags = O_WRONLY | O_CLOEXEC;
  const file = { result: p.call(words, 'openat', whose?.directory ?? AT_FDCWD, path, flags) };
  write(p, words, file, score);
  p.call('close', 'close', file);
}

function write(p: ProgramBuilder, words: string, file: Argument, score: number): void {
  const text = String(score);
  p.fail(
    words,
    { result: p.attempt(words, 'write', file, p.string(text), text.length) },
    { EACCES: 'give who starts sc CAP_SYS_RESOURCE, or ask for no less than its own score' },
  );
}
