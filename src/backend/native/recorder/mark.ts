import type { ProgramBuilder } from '../program/builder.ts';

/** prctl(2) with this operation, which the kernel does not have, and the mark of a recorder. */
export const PR_MARK = 0x5363_5265;

/** Says to the recorder which container it is to watch; to the kernel it says nothing, and fails. */
export function makeKnown(p: ProgramBuilder, mark: bigint): void {
  p.attempt('make itself known to the recorder', 'prctl', PR_MARK, mark, 0, 0, 0);
}
