import { AT_EMPTY_PATH } from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data } from '../program/program.ts';

/** struct statx (statx(2)). */
export const STATX_SIZE = 256;

/** Looks at what a descriptor stands for; `mask` is of STATX_*. */
export function lookAt(p: ProgramBuilder, words: string, what: Argument, mask: number, into: Data): void {
  p.call(words, 'statx', what, p.string(''), AT_EMPTY_PATH, mask, into);
}
