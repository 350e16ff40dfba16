import type { HostCgroups } from '../../linux/cgroup/cgroup.ts';
import type { ResourcesSpec } from '../../schema/container-spec.ts';
import type { Unsupported } from '../backend.ts';

/** Controllers, with the fields that only they hold to. */
const fields = [
  ['memory', 'memory'],
  ['memory', 'memoryReservation'],
  ['cpu', 'cpus'],
  ['cpu', 'cpuWeight'],
  ['cpuset', 'cpuset'],
  ['pids', 'pids'],
  ['io', 'io'],
  ['hugetlb', 'hugetlb'],
] as const;

/** Limits by a tree of v2 beside those of v1: runtimes look for controllers in either version, and not in both. */
export function unseenLimits(
  resources: Partial<ResourcesSpec>,
  { mode, hierarchies }: Pick<HostCgroups, 'mode' | 'hierarchies'>,
): Unsupported[] {
  if (mode !== 'hybrid') return [];
  const { controllers = [] } = hierarchies.find(({ version }) => version === 2) ?? {};
  return fields
    .filter(([controller, field]) => controllers.includes(controller) && resources[field] !== undefined)
    .map(([controller, field]) => ({
      path: `resources.${field}`,
      reason: `this host has the controller ${controller} in a tree of v2 beside trees of v1, where runtimes do not look`,
      expected: `${controller} among the trees of v1, control groups of v2 alone, or --backend native`,
    }));
}
