import type { ResourcesSpec } from '../../schema/container-spec.ts';

/** A tree of control groups: one of v1, with the controllers it was mounted with, or the one of v2. */
export interface CgroupHierarchy {
  version: 1 | 2;
  /** Where the host has it mounted. */
  path: string;
  /** Those of its controllers that may limit; none in a named hierarchy such as systemd's. */
  controllers: readonly string[];
}

export interface HostCgroups {
  /** `hybrid`: trees of v1 with the controllers, and a tree of v2 beside them. */
  mode: 'v1' | 'v2' | 'hybrid';
  hierarchies: readonly CgroupHierarchy[];
  /** Whether the kernel counts swap per group; without it, memory and swap together cannot be limited. */
  accountsSwap: boolean;
}

/** A write of one value into one file of a group. */
export interface CgroupWrite {
  file: string;
  value: string;
}

/** A directory that containers share. It may be there already; who leaves last removes it. */
export interface CgroupParent {
  path: string;
  files?: readonly CgroupWrite[];
}

/** The container's own group in one hierarchy, empty of processes and of other groups at first. */
export interface CgroupGroup {
  path: string;
  /** Mount point of its hierarchy. */
  hierarchy: string;
  /** In this order, before any process joins, so that no page is charged without limit. */
  writes: readonly CgroupWrite[];
  /** `0` written here by a process moves itself. */
  procsFile: string;
  /** `1` written here kills every process of the group (v2, Linux 5.14). */
  kill?: string;
  /** What parseOom reads when the container has ended. */
  oom?: string;
}

/** One mount below the container's /sys/fs/cgroup; a single one of v2 is /sys/fs/cgroup itself. */
export interface CgroupMount {
  name: string;
  type: 'cgroup' | 'cgroup2';
  options: readonly string[];
}

/** All that has to be made and written for a container, as data. */
export interface CgroupPlan {
  /** Outermost first. */
  parents: readonly CgroupParent[];
  groups: readonly CgroupGroup[];
  mounts: readonly CgroupMount[];
  /** What of the file the kernel cannot hold to by default, in words for the user. */
  remarks?: readonly string[];
}

/** Where a group of a container is in one hierarchy, and what is done with it there. */
export interface CgroupPlace {
  hierarchy: CgroupHierarchy;
  /** Components from the mount point to the directory above the group. */
  parent: readonly string[];
  name: string;
  /** Controllers of this hierarchy that the container uses. */
  controllers: readonly string[];
}

/** Limits, checked and with every default: what both versions write in their own words. */
export interface CgroupLimits {
  /** Bytes. */
  memory?: number;
  /** Bytes of memory and swap together; undefined where it is not limited. */
  memorySwap?: number;
  pids?: number;
}

/** A version of control groups: what differs between v1 and v2, and nothing else. */
export interface CgroupVersion {
  parents(place: CgroupPlace): CgroupParent[];
  group(place: CgroupPlace, limits: CgroupLimits): CgroupGroup;
  mount(place: CgroupPlace): CgroupMount;
}

export type CgroupResources = Pick<ResourcesSpec, 'memory' | 'memorySwap' | 'pids'>;

/**
 * Whether the kernel killed a process of the group for want of memory, from the text of v1's
 * memory.oom_control or v2's memory.events: both have a line `oom_kill COUNT`.
 */
export function parseOom(text: string): boolean {
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0) > 0;
}
