import { type CgroupParent, type CgroupVersion, rootOf } from './cgroup.ts';

/** Control groups v2 (Documentation/admin-guide/cgroup-v2.rst): one tree with all controllers. */
export const cgroupV2: CgroupVersion = {
  parents: ({ hierarchy, parent, parts }) => {
    // A controller works in a group only if every directory above hands it down. The container's own group
    // hands nothing down: it could have no processes of its own then.
    const controllers = parts.flatMap(({ controller }) => controller ?? []);
    const files = [
      { file: 'cgroup.subtree_control', value: controllers.map((name) => `+${name}`).join(' ') },
    ];
    const withFiles = (path: string): CgroupParent => (controllers.length === 0 ? { path } : { path, files });
    const below = parent.map((_, depth) =>
      withFiles([rootOf(hierarchy), ...parent.slice(0, depth + 1)].join('/')),
    );
    return controllers.length === 0 ? below : [withFiles(rootOf(hierarchy)), ...below];
  },

  group: ({ hierarchy, parent, name, parts }) => {
    const oom = parts.find(({ oom }) => oom !== undefined)?.oom;
    const deviceProgram = parts.find(({ program }) => program !== undefined)?.program;
    return {
      path: [rootOf(hierarchy), ...parent, name].join('/'),
      hierarchy: hierarchy.path,
      writes: parts.flatMap(({ writes }) => writes),
      ...(deviceProgram !== undefined && { deviceProgram }),
      procsFile: 'cgroup.procs',
      kill: 'cgroup.kill',
      ...(oom !== undefined && { oom }),
    };
  },

  mount: () => ({ name: 'unified', type: 'cgroup2', options: [] }),
};
