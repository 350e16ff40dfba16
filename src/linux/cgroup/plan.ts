import { ScError } from '../../errors/error.ts';
import type {
  CgroupHierarchy,
  CgroupLimits,
  CgroupPlace,
  CgroupPlan,
  CgroupResources,
  CgroupVersion,
  HostCgroups,
} from './cgroup.ts';
import { cgroupV1 } from './v1.ts';
import { cgroupV2 } from './v2.ts';

const versions: Record<CgroupHierarchy['version'], CgroupVersion> = { 1: cgroupV1, 2: cgroupV2 };

/**
 * The container has a group for these whether they limit or not: memory's tells of an OOM kill.
 * Not for cpuset of v1: a new group there is empty and lets no process in.
 */
const used = ['memory', 'pids'] as const;

/** Less does not start a program; docker's number. */
const minimumMemory = 6 * 1024 * 1024;

/** Without limit, in the container file. */
const unlimited = -1;

export interface CgroupRequest {
  /** Absolute, from the root of each tree, such as `/sc`. */
  parent: string;
  id: string;
  resources: CgroupResources;
}

/**
 * What has to be made for a container on this host. Fails closed: a limit that the host cannot hold throws
 * SC_HOST_UNFIT and names it; limits that contradict one another and paths with `..` throw SC_USAGE.
 */
export function planCgroups(host: HostCgroups, { parent, id, resources }: CgroupRequest): CgroupPlan {
  const { limits, remarks } = resolveLimits(resources, host.accountsSwap);
  for (const controller of used) {
    if (limits[controller] !== undefined && hierarchyOf(host, controller) === undefined) {
      throw missing(controller);
    }
  }
  const components = parseParent(parent);
  const name = checkComponent(id, id);
  const places = host.hierarchies
    .map((hierarchy): CgroupPlace => {
      const controllers = used.filter((controller) => hierarchyOf(host, controller) === hierarchy);
      return { hierarchy, parent: components, name, controllers };
    })
    // A tree of v2 without controllers is joined all the same, for its cgroup.kill.
    .filter(({ hierarchy, controllers }) => hierarchy.version === 2 || controllers.length > 0);
  return {
    parents: places.flatMap((place) => versions[place.hierarchy.version].parents(place)),
    groups: places.map((place) => versions[place.hierarchy.version].group(place, limits)),
    // Only trees in which the container is alone: in the others it would see the groups of its neighbours.
    mounts: places.map((place) => versions[place.hierarchy.version].mount(place)),
    remarks,
  };
}

/** A controller is in one tree only: the kernel takes it out of v2 when v1 mounts it. */
function hierarchyOf({ hierarchies }: HostCgroups, controller: string): CgroupHierarchy | undefined {
  return hierarchies.find(({ controllers }) => controllers.includes(controller));
}

function resolveLimits(
  resources: CgroupResources,
  accountsSwap: boolean,
): { limits: CgroupLimits; remarks: string[] } {
  const { memory, memorySwap, pids } = resources;
  const limits: CgroupLimits = pids === unlimited ? {} : { pids };
  if (memory === undefined) {
    if (memorySwap === undefined || memorySwap === unlimited) return { limits, remarks: [] };
    throw new ScError('SC_USAGE', 'limit memory and swap: a limit of memory has to be given too');
  }
  if (memory < minimumMemory) {
    throw new ScError('SC_USAGE', `limit memory to ${memory} bytes: the minimum is ${minimumMemory} (6Mi)`);
  }
  if (memorySwap !== undefined && memorySwap !== unlimited && memorySwap < memory) {
    throw new ScError('SC_USAGE', `limit memory and swap to ${memorySwap} bytes: memory alone has ${memory}`);
  }
  limits.memory = memory;
  if (memorySwap === unlimited) return { limits, remarks: [] };
  if (accountsSwap) return { limits: { ...limits, memorySwap: memorySwap ?? 2 * memory }, remarks: [] };
  if (memorySwap === undefined) {
    return { limits, remarks: ['memory is limited, swap is not: this kernel does not count swap per group'] };
  }
  throw new ScError('SC_HOST_UNFIT', 'limit memory and swap: this kernel does not count swap per group', {
    hint: 'start the kernel with swapaccount=1, or leave memory and swap together without a limit of its own',
  });
}

function missing(controller: string): ScError {
  return new ScError('SC_HOST_UNFIT', `limit ${controller}: this host has no control group for it`, {
    hint:
      controller === 'memory'
        ? 'start the kernel without cgroup_disable=memory, or ask for no limit'
        : `enable the ${controller} controller of the kernel, or ask for no limit`,
  });
}

function parseParent(parent: string): string[] {
  if (!parent.startsWith('/') || parent === '/') throw badPath(parent);
  return parent
    .slice(1)
    .split('/')
    .map((component) => checkComponent(component, parent));
}

/** Neither `..`, which would leave our part of the tree, nor a name that could be a file of the kernel. */
function checkComponent(component: string, whole: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_-]*$/.test(component)) return component;
  throw badPath(whole);
}

function badPath(path: string): ScError {
  return new ScError('SC_USAGE', `"${path}" is no name for a control group`, {
    hint: 'letters, digits, _ and -, separated by single slashes after a first one',
  });
}
