import { ENOENT } from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Entry } from '../program/program.ts';

/** A working directory outside of the root would be a way to the host (CVE-2024-21626). */
export function changeDirectory(p: ProgramBuilder, directory: Entry, path: string): void {
  const words = `change to working directory "${path}"`;
  p.call(words, 'fchdir', { result: directory });
  const where = p.space('where', 4096);
  const inside = p.label('the working directory is inside');
  p.call(words, 'getcwd', where, 4096);
  // The kernel answers "(unreachable)..." for a directory outside of the root.
  p.jump(inside, 'equal', { load: 8, from: where, at: 0 }, '/'.charCodeAt(0));
  p.fail(words, -ENOENT, { ENOENT: 'choose a directory inside of the root filesystem' });
  p.place(inside);
}
