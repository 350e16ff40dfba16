import type { Argument, Data } from '../program/program.ts';

/** struct pollfd: fd i32, events u16, revents u16. A negative fd is passed over (poll(2)). */
export const POLLFD_SIZE = 8;

/** What has come at the descriptor in this place. */
export function revents(fds: Data, place: number): Argument {
  return { load: 16, from: fds, at: place * POLLFD_SIZE + 6 };
}
