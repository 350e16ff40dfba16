import { POLLOUT } from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Data } from '../program/program.ts';
import { keeperDescriptors } from '../protocol.ts';

/**
 * A word to sc that is not waited for: who should hear it may be stopped, and what else has been said to it may fill
 * the pipe. Answers -1 for a pipe that nobody has the other end of.
 */
export function tellIfHeard(p: ProgramBuilder, words: string, message: Data, size: number): Data {
  const { report } = keeperDescriptors;
  const told = p.space('told', 8);
  const done = p.label('it is told');
  const fds = p.struct('report', [report, 4], [POLLOUT, 2], [0, 2]);
  p.store('take it as told', told, 0, 0, 4);
  const writable = p.attempt('look whether there is room', 'ppoll', fds, 1, p.space('now', 16), 0, 0);
  p.jump(done, 'equal', { result: writable }, 0);
  const written = p.attempt(words, 'write', report, message, size);
  p.jump(done, 'less', 0, { result: written });
  p.store('nobody is there', told, 0, -1, 4);
  p.place(done);
  return told;
}
