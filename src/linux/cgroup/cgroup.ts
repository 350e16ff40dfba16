import type { ResourcesSpec } from '../../schema/container-spec.ts';
import type { DeviceRule } from '../devices.ts';

/** A tree of control groups: one of v1, with the controllers it was mounted with, or the one of v2. */
export interface CgroupHierarchy {
  version: 1 | 2;
  /** Where the host has it mounted. */
  path: string;
  /** Those of its controllers that may limit; none in a named hierarchy such as systemd's. */
  controllers: readonly string[];
  /** A part of the tree that was handed to this process, below which it makes its groups. */
  delegated?: Delegation;
}

export interface Delegation {
  path: string;
  /** Whether this process is in that very group, which has to be empty before it hands controllers down. */
  isOwn: boolean;
}

/** Below which directory groups are made. */
export function rootOf({ delegated, path }: CgroupHierarchy): string {
  return delegated?.path ?? path;
}

export interface HostCgroups {
  /** `hybrid`: trees of v1 with the controllers, and a tree of v2 beside them. */
  mode: 'v1' | 'v2' | 'hybrid';
  hierarchies: readonly CgroupHierarchy[];
  /** Whether the kernel counts swap per group; without it, memory and swap together cannot be limited. */
  accountsSwap: boolean;
}

/** What the planning of limits asks of the host beside its trees, so that it stays a function of what it is given. */
export interface HostLook {
  /** Text of a small file; undefined where there is none. */
  read(path: string): string | undefined;
  /** Names in a directory; none where there is none. */
  list(path: string): readonly string[];
  /** What the kernel calls a block device, such as `8:0`; where the path is none, why. */
  blockDevice(path: string): { number: string } | { problem: string };
}

/** A write of one value into one file of a group. */
export interface CgroupWrite {
  file: string;
  value: string;
  /** Of a group in use: where the kernel would kill for want of room, not refuse, room is made first. */
  room?: Room;
}

/** Names of files of a group: how much is in use, and a limit above which the kernel takes back what it can. */
export interface Room {
  used: string;
  squeeze: string;
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
  /** struct bpf_insn[] that is asked what may be done with devices, attached before any process joins (v2). */
  deviceProgram?: Buffer;
  /** `0` written here by a process moves itself. */
  procsFile: string;
  /** `1` written here kills every process of the group (v2, Linux 5.14). */
  kill?: string;
  /** What parseOom reads when the container has ended. */
  oom?: string;
  /** To be written before a signal that is to reach processes which stand still (v1). */
  thaw?: CgroupWrite;
}

/** One mount below the container's /sys/fs/cgroup; a single one of v2 is /sys/fs/cgroup itself. */
export interface CgroupMount {
  name: string;
  type: 'cgroup' | 'cgroup2';
  options: readonly string[];
}

/** Something that a container gets otherwise than one may think, in words for the user. */
export interface CgroupRemark {
  /** Path in the container file. */
  path: string;
  message: string;
}

/** All that has to be made and written for a container, as data. */
export interface CgroupPlan {
  /** Outermost first. */
  parents: readonly CgroupParent[];
  groups: readonly CgroupGroup[];
  mounts: readonly CgroupMount[];
  remarks: readonly CgroupRemark[];
}

/** Where a group of a container is in one hierarchy, and what is done with it there. */
export interface CgroupPlace {
  hierarchy: CgroupHierarchy;
  /** Components from the mount point to the directory above the group. */
  parent: readonly string[];
  name: string;
  /** What the container has of each of this hierarchy's controllers. */
  parts: readonly GroupPart[];
}

/** What one controller has a container's group do. */
export interface GroupPart {
  /** The controller's name in this version; none where v2 needs no handing down. */
  controller: string | undefined;
  writes: readonly CgroupWrite[];
  /** What takes each of these back, in their order. */
  lifts: readonly string[];
  /** For every directory between the mount point and the group. */
  above?: readonly CgroupWrite[];
  oom?: string;
  /** See CgroupGroup.thaw. */
  thaw?: CgroupWrite;
  /** See CgroupGroup.deviceProgram. */
  program?: Buffer;
  /** Whether the container has no need to see a tree that is only for this. */
  hidden?: boolean;
  remarks?: readonly CgroupRemark[];
}

/** A version of control groups: what differs between v1 and v2 whatever is limited. */
export interface CgroupVersion {
  parents(place: CgroupPlace): CgroupParent[];
  group(place: CgroupPlace): CgroupGroup;
  mount(place: CgroupPlace): CgroupMount;
}

/** What control groups hold to of a container. */
export type CgroupResources = Pick<
  ResourcesSpec,
  'memory' | 'memorySwap' | 'memoryReservation' | 'cpus' | 'cpuWeight' | 'cpuset' | 'pids' | 'io' | 'hugetlb'
> & {
  /** All that may be done with devices; without it they are not controlled. */
  devices?: readonly DeviceRule[];
};

/**
 * Whether the kernel killed a process of the group for want of memory, from the text of v1's
 * memory.oom_control or v2's memory.events: both have a line `oom_kill COUNT`.
 */
export function parseOom(text: string): boolean {
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0) > 0;
}
