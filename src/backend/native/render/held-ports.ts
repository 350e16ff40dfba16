import type { LaunchRequest } from '../../backend.ts';
import type { ProgramBuilder } from '../program/builder.ts';

type Holding = Pick<LaunchRequest, 'holds'>;

/** How many descriptors a keeper is given only to hold them, behind all others. */
export function heldFor({ holds = [] }: Holding): number {
  return holds.length;
}

/**
 * Closes them, behind the `last` of the others: at once, before anybody can know of the end. What a process has open
 * when it ends the kernel closes a moment later.
 */
export function letGo(p: ProgramBuilder, last: number, request: Holding): void {
  const count = heldFor(request);
  if (count > 0) p.attempt('let go of the ports', 'close_range', last + 1, last + count, 0);
}
