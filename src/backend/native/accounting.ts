import { groupsOfProcess, type LiveGroup } from '../../linux/cgroup/membership.ts';
import { processesOf } from '../../linux/cgroup/processes.ts';
import { usageOf } from '../../linux/cgroup/usage.ts';
import { sumIo } from '../../linux/process-io.ts';
import type { Accounting } from '../backend.ts';

/** Loads nothing of the rest of this backend, so that many containers can be asked again and again. */
export const nativeAccounting: Accounting = {
  processes: ({ id, pid }) => processesIn(groupsOfProcess(pid, id)),

  usage: ({ id, pid }) => {
    const groups = groupsOfProcess(pid, id);
    if (groups.length === 0) return undefined;
    const usage = usageOf(groups);
    // A container has a group for io only where that is limited, and not one of v1 that counted all.
    return usage.read === undefined ? { ...usage, ...sumIo(processesIn(groups)) } : usage;
  },
};

/** Every process of a container is in a group of each tree, so that one will do. */
function processesIn(groups: readonly LiveGroup[]): number[] {
  return groups.slice(0, 1).flatMap(({ path }) => processesOf(path));
}
