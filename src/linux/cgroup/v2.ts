import type {
  CgroupGroup,
  CgroupLimits,
  CgroupParent,
  CgroupPlace,
  CgroupVersion,
  CgroupWrite,
} from './cgroup.ts';

/** Control groups v2 (Documentation/admin-guide/cgroup-v2.rst): one tree with all controllers. */
export const cgroupV2: CgroupVersion = {
  parents: ({ hierarchy, parent, controllers }) => {
    // A controller works in a group only if every directory above hands it down.
    const files = [
      { file: 'cgroup.subtree_control', value: controllers.map((name) => `+${name}`).join(' ') },
    ];
    const withFiles = (path: string): CgroupParent => (controllers.length === 0 ? { path } : { path, files });
    const below = parent.map((_, depth) =>
      withFiles([hierarchy.path, ...parent.slice(0, depth + 1)].join('/')),
    );
    return controllers.length === 0 ? below : [withFiles(hierarchy.path), ...below];
  },

  group: (place, limits): CgroupGroup => ({
    path: [place.hierarchy.path, ...place.parent, place.name].join('/'),
    hierarchy: place.hierarchy.path,
    writes: limitWrites(place, limits),
    procsFile: 'cgroup.procs',
    kill: 'cgroup.kill',
    ...(place.controllers.includes('memory') ? { oom: 'memory.events' } : {}),
  }),

  mount: () => ({ name: 'unified', type: 'cgroup2', options: [] }),
};

/**
 * memory.oom.group stays 0: the kernel kills the one process that is too large, as on v1, so that a server
 * outlives its worker and a container behaves alike on every host.
 */
function limitWrites(
  { controllers }: CgroupPlace,
  { memory, memorySwap, pids }: CgroupLimits,
): CgroupWrite[] {
  const writes: CgroupWrite[] = [];
  if (controllers.includes('memory') && memory !== undefined) {
    writes.push({ file: 'memory.max', value: String(memory) });
    if (memorySwap !== undefined)
      writes.push({ file: 'memory.swap.max', value: String(memorySwap - memory) });
  }
  if (controllers.includes('pids') && pids !== undefined)
    writes.push({ file: 'pids.max', value: String(pids) });
  return writes;
}
