import { readFileSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { applyChange } from '../../linux/cgroup/apply-change.ts';
import type { CgroupHierarchy, HostCgroups } from '../../linux/cgroup/cgroup.ts';
import { planChange } from '../../linux/cgroup/change.ts';
import { readHostCgroups } from '../../linux/cgroup/hierarchy.ts';
import { thisHost } from '../../linux/cgroup/look.ts';
import { groupsOfProcess, type LiveGroup, procsOfProcess } from '../../linux/cgroup/membership.ts';
import { processesOf } from '../../linux/cgroup/processes.ts';
import type { LiveContainer, UpdateOptions, Updating } from '../backend.ts';
import { noteAddedGroups } from './added-groups.ts';

/** Changes limits of containers whose groups are below `parent`. */
export function updating(parent: string): Updating {
  return {
    update: async (container, options) => update(parent, container, options),
  };
}

function update(
  parent: string,
  { id, pid }: LiveContainer,
  { before, after, recordDirectory }: UpdateOptions,
): void {
  const groups = groupsOfProcess(pid, id);
  const [any] = groups;
  if (any === undefined) throw new ScError('SC_WRONG_STATE', 'its program has ended');
  const host = hostOf(groups, `${parent}/${id}`);
  const change = planChange(host, { parent, id, before, after }, thisHost);
  const added = change.added.map(({ path, parents }) => ({
    group: path,
    parents: parents.map(({ path }) => path),
  }));
  if (added.length > 0) noteAddedGroups(recordDirectory, added);
  applyChange(change, {
    processes: () => processesOf(any.path),
    procsIn: (hierarchy) => procsOfProcess(pid, hierarchy),
  });
}

/**
 * The trees as the container's groups are in them, wherever we are ourselves: who started it may have been
 * handed another part of a tree than we.
 */
function hostOf(groups: readonly LiveGroup[], name: string): HostCgroups {
  const host = readHostCgroups();
  const hierarchies = host.hierarchies.flatMap(({ delegated: _, ...hierarchy }): CgroupHierarchy[] => {
    const group = groups.find(({ path }) => path.startsWith(`${hierarchy.path}/`) && path.endsWith(name));
    if (group === undefined) return hierarchy.version === 1 ? [hierarchy] : [];
    const path = group.path.slice(0, -name.length);
    if (hierarchy.version === 1 || path === hierarchy.path) return [hierarchy];
    const controllers = readFileSync(`${path}/cgroup.controllers`, 'utf8').split(/\s+/).filter(Boolean);
    return [{ ...hierarchy, controllers, delegated: { path, isOwn: false } }];
  });
  return { ...host, hierarchies };
}
