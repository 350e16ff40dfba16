import { readFileSync } from 'node:fs';
import { isErrno } from '../descriptor.ts';
import { cgroupMounts } from './mounts.ts';

/** A container's own group in one tree, in use. */
export interface LiveGroup {
  version: 1 | 2;
  /** Absolute. */
  path: string;
  /** Those of its tree; of v2, which has one tree for all, none are told here. */
  controllers: readonly string[];
}

/**
 * The groups of a container, found through one of its processes: where they were made depends on who started
 * it, and who asks now may be elsewhere in the trees. None where the process is gone.
 */
export function groupsOfProcess(pid: number, name: string): LiveGroup[] {
  const membership = readMembership(pid);
  return membership === undefined
    ? []
    : liveGroups(name, membership, readFileSync('/proc/self/mountinfo', 'utf8'));
}

/**
 * The groups called `name` in which a process is, or below which; by the texts of its /proc/PID/cgroup and
 * of our own /proc/self/mountinfo, whose paths both begin at the root of our own cgroup namespace
 * (cgroup_namespaces(7)).
 */
export function liveGroups(name: string, membership: string, mountinfo: string): LiveGroup[] {
  const mounts = cgroupMounts(mountinfo);
  return membership.split('\n').flatMap((line) => {
    // HIERARCHY:CONTROLLERS:PATH, and 0::PATH of v2 (cgroups(7)). A path may itself hold colons.
    const [, hierarchy, list = '', path = ''] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (hierarchy === undefined) return [];
    const version = hierarchy === '0' ? 2 : 1;
    const controllers = version === 2 ? [] : list.split(',');
    const mount = mounts.find(
      (candidate) =>
        candidate.version === version &&
        candidate.controllers.length === controllers.length &&
        controllers.every((controller) => candidate.controllers.includes(controller)),
    );
    const below = mount && pathBelow(path, mount.root);
    const end = below?.indexOf(name) ?? -1;
    if (mount === undefined || below === undefined || end === -1) return [];
    return [{ version, path: [mount.path, ...below.slice(0, end + 1)].join('/'), controllers }];
  });
}

/** The components of a path below `root`; undefined where it is elsewhere. */
function pathBelow(path: string, root: string): string[] | undefined {
  const start = root === '/' ? '' : root;
  return path.startsWith(`${start}/`) ? path.slice(start.length + 1).split('/') : undefined;
}

function readMembership(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ESRCH')) return undefined;
    throw error;
  }
}
