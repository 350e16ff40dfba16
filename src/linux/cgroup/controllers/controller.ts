import type {
  CgroupHierarchy,
  CgroupResources,
  CgroupWrite,
  GroupPart,
  HostCgroups,
  HostLook,
} from '../cgroup.ts';

/** The tree in which a controller is on this host, and what else it may have to know of it. */
export interface ControllerTree {
  hierarchy: CgroupHierarchy;
  accountsSwap: boolean;
  look: HostLook;
  /** What a file of the container's group says now, where it is in use. */
  now?: (file: string) => string | undefined;
}

/** Why a limit cannot be held to as the container file says it. */
export interface LimitComplaint {
  /** Path in the container file. */
  path: string;
  message: string;
  /** What would do, in words that follow "expected". */
  expected: string;
  /** The container file alone is wrong, whatever the host has. */
  isUsage?: boolean;
}

/** What a group in use says of its processes. */
export interface GroupUsage {
  /** Processor time that they have had, in microseconds. */
  cpuTime?: number;
  /** Bytes of memory that they have, without what is only a copy of files that nobody uses now; and of their limit. */
  memory?: number;
  memoryLimit?: number;
  /** Processes and threads, and how many there may be where that is limited. */
  pids?: number;
  pidsLimit?: number;
  /** Bytes, from block devices and to them. */
  read?: number;
  written?: number;
}

/** Text of a file of a group; undefined where it has none of that name. */
export type ReadGroupFile = (file: string) => string | undefined;

/**
 * A controller of control groups: all that is known of it, in both versions. The planner asks in this order:
 * for which fields it is needed, what stands against them, and what to write.
 */
export interface CgroupController {
  /** What the kernel calls it. Where v2 has no name for it, it works in every tree of v2. */
  readonly names: { readonly 1: string; readonly 2: string | undefined };
  /** Whether each container is in a group of it, limited or not, on such a host if it has it. */
  always(host: HostCgroups): boolean;
  /** Paths of the fields that only this controller can hold to, of those that the container has. */
  fields(resources: CgroupResources): string[];
  /** Everything that stands against those fields in the tree where the host has the controller. */
  complaints(resources: CgroupResources, tree: ControllerTree): LimitComplaint[];
  /** In the order in which the kernel takes them. */
  v1(resources: CgroupResources, tree: ControllerTree): Omit<GroupPart, 'controller' | 'lifts'>;
  v2(resources: CgroupResources, tree: ControllerTree): Omit<GroupPart, 'controller' | 'lifts'>;
  /** The value that takes such a write back, so that nothing is limited by it any more. */
  lift(write: CgroupWrite, tree: ControllerTree): string;
  /** What is told of use, in the versions where it is worth something. */
  readonly usage?: { readonly [Version in 1 | 2]?: (read: ReadGroupFile) => GroupUsage };
}

/** The paths whose values are there. */
export function given(fields: { readonly [path: string]: unknown }): string[] {
  return Object.keys(fields).filter((path) => fields[path] !== undefined);
}

/** A write of a value that may not be there. */
export function write(file: string, value: string | number | undefined): { file: string; value: string }[] {
  return value === undefined ? [] : [{ file, value: String(value) }];
}

/** The number in a file; undefined where there is none, as `max`. */
export function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+\n?$/.test(text) ? Number(text) : undefined;
}

/** The number in a line `NAME NUMBER` of a file. */
export function numberOfLine(text: string | undefined, name: string): number | undefined {
  return numberIn(new RegExp(`^${name} (\\d+)$`, 'm').exec(text ?? '')?.[1]);
}

/** The parts of a usage that are known. */
export function known(usage: { [Key in keyof GroupUsage]: number | undefined }): GroupUsage {
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== undefined));
}
