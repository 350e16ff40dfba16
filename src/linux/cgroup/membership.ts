import { readFileSync, writeFileSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import type { ProcessReference } from '../../schema/container-state.ts';
import { processIsAlive, readProcessFile } from '../process.ts';
import { type CgroupMountpoint, cgroupMounts } from './mounts.ts';

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
  const membership = readProcessFile(pid, 'cgroup');
  return membership === undefined ? [] : liveGroups(name, membership, ownMounts());
}

let mounts: string | undefined;

/** Read once for all containers that are looked at in one go; trees of control groups are nothing that sc mounts. */
function ownMounts(): string {
  if (mounts === undefined) {
    mounts = readFileSync('/proc/self/mountinfo', 'utf8');
    setImmediate(() => {
      mounts = undefined;
    });
  }
  return mounts;
}

/**
 * The groups called `name` in which a process is, or below which; by the texts of its /proc/PID/cgroup and
 * of our own /proc/self/mountinfo, whose paths both begin at the root of our own cgroup namespace
 * (cgroup_namespaces(7)).
 */
export function liveGroups(name: string, membership: string, mountinfo: string): LiveGroup[] {
  const mounts = cgroupMounts(mountinfo);
  return membership.split('\n').flatMap((line) => {
    const { version, controllers, seen } = parseMembership(line, mounts);
    const end = seen?.below.indexOf(name) ?? -1;
    // A tree that controls nothing has no groups of containers.
    const isNamed = version === 1 && controllers.length === 0;
    if (seen === undefined || end === -1 || isNamed) return [];
    return [{ version, path: [seen.at, ...seen.below.slice(0, end + 1)].join('/'), controllers }];
  });
}

/**
 * cgroup.procs of each group that another process is in and this one is not, to be joined one after another; by
 * the texts of /proc/PID/cgroup of both. Throws SC_HOST_UNFIT for a group that is not to be seen from here.
 */
export function missingGroups(theirs: string, ours: string, mounts: readonly CgroupMountpoint[]): string[] {
  const own = new Set(ours.split('\n'));
  return theirs
    .split('\n')
    .filter((line) => !own.has(line))
    .map((line) => {
      const { path, seen } = parseMembership(line, mounts);
      if (seen !== undefined) return [seen.at, ...seen.below, 'cgroup.procs'].join('/');
      const message = `join control group "${path}": it is not below what is mounted here`;
      throw new ScError('SC_HOST_UNFIT', message, {
        hint: 'run sc where the control groups of the whole machine are mounted',
      });
    });
}

/**
 * Brings another process into the groups that this one is in, as far as they are to be seen from here: who is in
 * those of a login may be ended with it.
 */
export function bringIntoOwnGroups(process: ProcessReference): void {
  const theirs = readProcessFile(process.pid, 'cgroup');
  if (theirs === undefined) return;
  const mounts = cgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  const own = readFileSync('/proc/self/cgroup', 'utf8').trimEnd();
  for (const group of missingGroups(own, theirs, mounts)) {
    // A number is all that the file takes. It is asked for each time whose it is.
    if (processIsAlive(process)) writeFileSync(group, `${process.pid}`);
  }
}

/**
 * cgroup.procs of the group that a process is in, in the tree that is mounted at a place; of the topmost group
 * where that is not to be seen from here.
 */
export function procsOfProcess(pid: number, mount: string): string {
  const mounts = cgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  const lines = readProcessFile(pid, 'cgroup')?.split('\n') ?? [];
  const seen = lines.map((line) => parseMembership(line, mounts).seen).find((group) => group?.at === mount);
  return [mount, ...(seen?.below ?? []), 'cgroup.procs'].join('/');
}

interface Membership {
  version: 1 | 2;
  controllers: readonly string[];
  /** From the root of our cgroup namespace. */
  path: string;
  /** Where the group is to be seen, if it is: a mount, and the components below it. */
  seen: { at: string; below: string[] } | undefined;
}

/** A line of /proc/PID/cgroup: HIERARCHY:CONTROLLERS:PATH, and 0::PATH of v2 (cgroups(7)). */
function parseMembership(line: string, mounts: readonly CgroupMountpoint[]): Membership {
  // A path may itself hold colons.
  const [, hierarchy = '0', list = '', path = ''] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
  const version = hierarchy === '0' ? 2 : 1;
  const name = list.startsWith('name=') ? list.slice('name='.length) : undefined;
  const controllers = version === 2 || name !== undefined ? [] : list.split(',');
  const mount = mounts.find(
    (candidate) =>
      candidate.version === version &&
      candidate.name === name &&
      candidate.controllers.length === controllers.length &&
      controllers.every((controller) => candidate.controllers.includes(controller)),
  );
  const below = mount && pathBelow(path, mount.root);
  return { version, controllers, path, seen: mount && below && { at: mount.path, below } };
}

/** The components of a path below `root`, none where it is that; undefined where it is elsewhere. */
function pathBelow(path: string, root: string): string[] | undefined {
  const start = root === '/' ? '' : root;
  if (!`${path}/`.startsWith(`${start}/`)) return undefined;
  const components = path.slice(start.length).split('/').filter(Boolean);
  // Above the root of our namespace.
  return components.includes('..') ? undefined : components;
}
