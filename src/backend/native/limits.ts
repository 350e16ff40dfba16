import { readFileSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import type { HostCgroups } from '../../linux/cgroup/cgroup.ts';
import { thisHost } from '../../linux/cgroup/look.ts';
import { cgroupComplaints, cgroupRemarks } from '../../linux/cgroup/plan.ts';
import { type Limit, type ResolvedRlimits, resolveRlimits } from '../../linux/rlimits.ts';
import type { ResourcesSpec } from '../../schema/container-spec.ts';
import type { Remark, Unsupported } from '../backend.ts';

interface LimitFacts {
  cgroups: HostCgroups;
  limits: ReadonlyMap<string, Limit>;
  /** Whether this process has CAP_SYS_RESOURCE. */
  mayRaise: boolean;
}

export interface LimitVerdict {
  /** Limits that this host cannot hold to. */
  refused: Unsupported[];
  remarks: Remark[];
}

export function limitVerdict(resources: ResourcesSpec, facts: LimitFacts): LimitVerdict {
  const ofGroups = cgroupComplaints(facts.cgroups, resources, thisHost).map(
    ({ path, message: reason, expected }) => ({ path, reason, expected }),
  );
  const ofRlimits = resources.rlimits.flatMap((limit) =>
    complaint(`resources.rlimits.${limit.name}`, () => resolveRlimits([limit], facts.limits, facts)),
  );
  const ofScore = complaint('resources.oomScoreAdjust', () => oomScore(resources, facts));
  const refused = [...ofGroups, ...ofRlimits, ...ofScore];
  if (refused.length > 0) return { refused, remarks: [] };
  const { clamped } = resolveRlimits(resources.rlimits, facts.limits, facts);
  return { refused, remarks: [...cgroupRemarks(facts.cgroups, resources, thisHost), ...clamped.map(clamp)] };
}

/**
 * What is to be written for a container; undefined where it has the caller's score anyway. Throws
 * SC_HOST_UNFIT for a lower one, which takes CAP_SYS_RESOURCE (proc(5)).
 */
export function oomScore(
  { oomScoreAdjust: wanted }: ResourcesSpec,
  { mayRaise }: Pick<LimitFacts, 'mayRaise'>,
): number | undefined {
  if (wanted === undefined) return undefined;
  const own = Number(readFileSync('/proc/self/oom_score_adj', 'utf8'));
  if (wanted === own) return undefined;
  if (wanted > own || mayRaise) return wanted;
  throw new ScError('SC_HOST_UNFIT', `${wanted} is less than the ${own} of who starts sc`, {
    errno: 'EACCES',
    hint: `at least ${own}, or CAP_SYS_RESOURCE for who starts sc`,
  });
}

function complaint(path: string, resolve: () => unknown): Unsupported[] {
  try {
    resolve();
    return [];
  } catch (error) {
    if (!(error instanceof ScError)) throw error;
    return [{ path, reason: error.message, ...(error.hint !== undefined && { expected: error.hint }) }];
  }
}

function clamp({ name, wanted, given }: ResolvedRlimits['clamped'][number]): Remark {
  return {
    path: `resources.rlimits.${name}`,
    message: `the default is ${wanted.hard}, and the hard limit of who starts sc is ${given.hard}`,
    value: { name, ...given },
  };
}
