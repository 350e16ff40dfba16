import type { CgroupHierarchy, CgroupResources, GroupPart, HostCgroups, HostLook } from '../cgroup.ts';

/** The tree in which a controller is on this host, and what else it may have to know of it. */
export interface ControllerTree {
  hierarchy: CgroupHierarchy;
  accountsSwap: boolean;
  look: HostLook;
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
  v1(resources: CgroupResources, tree: ControllerTree): Omit<GroupPart, 'controller'>;
  v2(resources: CgroupResources, tree: ControllerTree): Omit<GroupPart, 'controller'>;
}

/** The paths whose values are there. */
export function given(fields: { readonly [path: string]: unknown }): string[] {
  return Object.keys(fields).filter((path) => fields[path] !== undefined);
}

/** A write of a value that may not be there. */
export function write(file: string, value: string | number | undefined): { file: string; value: string }[] {
  return value === undefined ? [] : [{ file, value: String(value) }];
}
