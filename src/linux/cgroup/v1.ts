import { basename } from 'node:path';
import { type CgroupVersion, rootOf } from './cgroup.ts';

/** Control groups v1 (cgroups(7)): a tree for each controller, or for a few that are mounted together. */
export const cgroupV1: CgroupVersion = {
  parents: ({ hierarchy, parent, parts }) => {
    const files = parts.flatMap(({ above = [] }) => above);
    return parent.map((_, depth) => ({
      path: [rootOf(hierarchy), ...parent.slice(0, depth + 1)].join('/'),
      ...(files.length > 0 && { files }),
    }));
  },

  group: ({ hierarchy, parent, name, parts }) => {
    const oom = parts.find(({ oom }) => oom !== undefined)?.oom;
    const thaw = parts.find(({ thaw }) => thaw !== undefined)?.thaw;
    return {
      path: [rootOf(hierarchy), ...parent, name].join('/'),
      hierarchy: hierarchy.path,
      writes: parts.flatMap(({ writes }) => writes),
      procsFile: 'cgroup.procs',
      ...(oom !== undefined && { oom }),
      ...(thaw !== undefined && { thaw }),
    };
  },

  mount: ({ hierarchy }) => ({
    name: basename(hierarchy.path),
    type: 'cgroup',
    options: hierarchy.controllers,
  }),
};
