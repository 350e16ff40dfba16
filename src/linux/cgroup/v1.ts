import { basename } from 'node:path';
import type { CgroupGroup, CgroupLimits, CgroupVersion, CgroupWrite } from './cgroup.ts';

/** Control groups v1 (cgroups(7)): a tree for each controller, or for a few that are mounted together. */
export const cgroupV1: CgroupVersion = {
  parents: ({ hierarchy, parent }) =>
    parent.map((_, depth) => ({ path: [hierarchy.path, ...parent.slice(0, depth + 1)].join('/') })),

  group: (place, limits): CgroupGroup => ({
    path: [place.hierarchy.path, ...place.parent, place.name].join('/'),
    hierarchy: place.hierarchy.path,
    writes: [
      ...(place.controllers.includes('memory') ? memoryWrites(limits) : []),
      ...(place.controllers.includes('pids') ? pidsWrites(limits) : []),
    ],
    procsFile: 'cgroup.procs',
    ...(place.controllers.includes('memory') ? { oom: 'memory.oom_control' } : {}),
  }),

  mount: ({ hierarchy }) => ({
    name: basename(hierarchy.path),
    type: 'cgroup',
    options: hierarchy.controllers,
  }),
};

/** In this order: the kernel refuses a limit of memory and swap that is below the one of memory. */
function memoryWrites({ memory, memorySwap }: CgroupLimits): CgroupWrite[] {
  return [
    ...(memory === undefined ? [] : [{ file: 'memory.limit_in_bytes', value: String(memory) }]),
    ...(memorySwap === undefined ? [] : [{ file: 'memory.memsw.limit_in_bytes', value: String(memorySwap) }]),
  ];
}

function pidsWrites({ pids }: CgroupLimits): CgroupWrite[] {
  return pids === undefined ? [] : [{ file: 'pids.max', value: String(pids) }];
}
