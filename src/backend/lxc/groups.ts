import { basename, dirname } from 'node:path';
import { type CgroupHierarchy, type HostCgroups, rootOf } from '../../linux/cgroup/cgroup.ts';
import { procsOfProcess } from '../../linux/cgroup/membership.ts';
import { parseParent } from '../../linux/cgroup/path.ts';
import { monitorGroup, PIVOT, pivotGroup } from './layout.ts';

/** Where a process is in a tree: the directory of its group. */
type Find = (mount: string) => string;

/** Of the machine's first process, or the first of who has a view of its own. */
const groupOfFirst: Find = (mount) => dirname(procsOfProcess(1, mount));

/**
 * The trees as lxc-start goes into them: from the group of the machine's first process on, and where systemd has put
 * that one into a group of its own, from the one above (lxc.container.conf(5), lxc.cgroup.relative).
 */
export function placesOfLxc(host: HostCgroups, groupOf: Find = groupOfFirst): HostCgroups {
  const hierarchies = host.hierarchies.map(({ delegated: _, ...hierarchy }): CgroupHierarchy => {
    const group = groupOf(hierarchy.path);
    const path = basename(group) === 'init.scope' ? dirname(group) : group;
    return path === hierarchy.path ? hierarchy : { ...hierarchy, delegated: { path, isOwn: false } };
  });
  return { ...host, hierarchies };
}

/** Wherever lxc-start may have a group for a container, innermost first, and the directories above, innermost first. */
export function groupsOfLxc(
  { hierarchies }: HostCgroups,
  { parent, id }: { parent: string; id: string },
): { groups: string[]; parents: string[] } {
  const above = parseParent(parent);
  const [monitor, pivot] = [monitorGroup(id), pivotGroup(id)];
  const names = [id, monitor, `${pivot}/${PIVOT}`, pivot];
  return {
    groups: hierarchies.flatMap((hierarchy) =>
      names.map((name) => [rootOf(hierarchy), ...above, name].join('/')),
    ),
    parents: hierarchies.flatMap((hierarchy) =>
      above.map((_, depth) => [rootOf(hierarchy), ...above.slice(0, above.length - depth)].join('/')),
    ),
  };
}
