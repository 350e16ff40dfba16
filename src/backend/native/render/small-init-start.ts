import {
  AF_UNIX,
  AT_EMPTY_PATH,
  EFD_CLOEXEC,
  EFD_NONBLOCK,
  SHUT_WR,
  SOCK_CLOEXEC,
  SOCK_SEQPACKET,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data, Label } from '../program/program.ts';
import { FAILED_SIZE, MESSAGE_READY, smallInitDescriptors, smallInitSources } from '../protocol.ts';

/** What the keeper, and init until it becomes one, have of a small init. */
export interface SmallInit {
  /** Descriptors of what it executes and of the list that it walks. */
  stage: Argument;
  program: Argument;
  /** An eventfd: the signal that ended its program. */
  signal: Argument;
}

/** In the keeper before the fork. `errors` gets a socket, by which the keeper can answer. `last`: see smallInitSources. */
export function prepareSmallInit(p: ProgramBuilder, errors: Data, last: number): SmallInit {
  const flags = SOCK_SEQPACKET | SOCK_CLOEXEC;
  p.call('make a socket for errors', 'socketpair', AF_UNIX, flags, 0, errors);
  const signal = p.call('make a place for a signal', 'eventfd2', 0, EFD_CLOEXEC | EFD_NONBLOCK);
  return { ...smallInitSources(last), signal: { result: signal } };
}

/**
 * Gives the small init its descriptors. None of their sources is overwritten: 4 and 5 are the keeper's, and 3 is at
 * the latest its end of the socket.
 */
export function equipSmallInit(p: ProgramBuilder, smallInit: SmallInit, errors: Argument): void {
  const { program, keeper, signal } = smallInitDescriptors;
  p.call('give the init its list', 'dup3', smallInit.program, program, 0);
  p.call('and the keeper', 'dup3', errors, keeper, 0);
  p.call('and the place for a signal', 'dup3', smallInit.signal, signal, 0);
}

/**
 * The stage anew: its memory has nothing of the host, and belongs to the container's user namespace. It is a file
 * of its own, so that the keeper's is not reachable from inside (CVE-2019-5736).
 */
export function becomeSmallInit(
  p: ProgramBuilder,
  { stage }: SmallInit,
  environment: readonly string[],
): void {
  const [argv, envp] = [p.strings('argv', ['sc-init']), p.strings('envp', environment)];
  const entry = p.call('execute the init', 'execveat', stage, p.string(''), argv, envp, AT_EMPTY_PATH);
  const hint = 'let its seccomp profile allow execveat, or do without the init';
  p.hint(entry, { EPERM: hint, ENOSYS: hint });
}

/**
 * In the keeper, when the small init has said its first word: forbids that its file is executed again, and answers
 * by the end of file. On at `all` where that word was not that it is there, else back to the loop for the rest.
 */
export function admitSmallInit(
  p: ProgramBuilder,
  { stage, program }: SmallInit,
  said: Data,
  socket: Argument,
  watched: { fds: Data; at: number; loop: Label },
  all: Label,
): void {
  const admitted = p.label('the init was let in');
  const events = watched.at + 4;
  p.jump(admitted, 'equal', { load: 16, from: watched.fds, at: events }, 0);
  p.call('hear the init', 'read', socket, said, FAILED_SIZE);
  p.jump(all, 'not-equal', { load: 32, from: said, at: 0 }, MESSAGE_READY);
  p.call('let nobody execute the init again', 'fchmod', stage, 0);
  for (const descriptor of [stage, program]) p.attempt('leave it to the init', 'close', descriptor);
  p.attempt('let the init go on', 'shutdown', socket, SHUT_WR);
  p.store('be woken when all is said', watched.fds, events, 0, 2);
  p.jump(watched.loop);
  p.place(admitted);
}
