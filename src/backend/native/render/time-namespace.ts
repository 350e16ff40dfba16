import { AT_FDCWD, CLONE_NEWTIME, O_CLOEXEC, O_RDONLY, O_WRONLY } from '../../../linux/constants.ts';
import type { ClockOffsets } from '../../../schema/container-spec.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import { close } from './mount-api.ts';

/**
 * Between the two calls children are born into a new time namespace, whose clocks are set before the first
 * of them is in it (time_namespaces(7)). The keeper itself never is: it would enter with the program that it
 * executes last, which compares times of starts with those that were seen outside.
 */
export function enterTimeNamespace(p: ProgramBuilder, { monotonic, boottime }: ClockOffsets): () => void {
  const words = 'hold its own time namespace';
  const flags = O_RDONLY | O_CLOEXEC;
  const home = p.call(words, 'openat', AT_FDCWD, p.string('/proc/self/ns/time'), flags);
  const unshared = p.call('make a time namespace', 'unshare', CLONE_NEWTIME);
  p.hint(unshared, { EINVAL: 'leave namespaces.time out: this kernel has no time namespaces' });
  if (monotonic !== 0 || boottime !== 0) {
    const text = `monotonic ${timespec(monotonic)}\nboottime ${timespec(boottime)}\n`;
    const label = 'set the clocks of the time namespace';
    const path = '/proc/self/timens_offsets';
    const file = p.call(label, 'openat', AT_FDCWD, p.string(path), O_WRONLY | O_CLOEXEC);
    const written = p.call(label, 'write', { result: file }, p.string(text), text.length);
    p.hint(written, { ERANGE: 'choose offsets with which no clock is below zero or beyond its range' });
    close(p, file);
  }
  return () => {
    p.call('go back to its own time namespace', 'setns', { result: home }, CLONE_NEWTIME);
    close(p, home);
  };
}

/** Milliseconds as seconds, which may be negative, and nanoseconds, which may not. */
function timespec(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `${seconds} ${(milliseconds - 1000 * seconds) * 1_000_000}`;
}
