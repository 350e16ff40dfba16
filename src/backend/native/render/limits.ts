import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument } from '../program/program.ts';
import type { ProgramView } from './input.ts';

type Limits = Pick<ProgramView, 'rlimits'>;

/** Each soft and hard limit of the process that calls it. */
export function setLimits(p: ProgramBuilder, { rlimits }: Limits): void {
  for (const { name, resource, soft, hard } of rlimits) {
    const limit = p.struct(`{${soft}, ${hard}}`, [soft, 8], [hard, 8]);
    p.call(`limit ${name}`, 'prlimit64', 0, resource, limit, 0);
  }
}

/**
 * As far as it takes the host's rights; what is left of it a process does itself, which needs many descriptors
 * until then.
 */
export function raiseLimits(p: ProgramBuilder, { rlimits }: Limits, process: Argument, whose: string): void {
  for (const { name, resource, hard, isRaised } of rlimits) {
    if (!isRaised) continue;
    const limit = p.struct(`{${hard}, ${hard}}`, [hard, 8], [hard, 8]);
    p.call(`raise limit ${name} of ${whose}`, 'prlimit64', process, resource, limit, 0);
  }
}
