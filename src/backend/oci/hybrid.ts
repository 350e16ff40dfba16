import { closeSync, openSync, readSync } from 'node:fs';
import type { HostCgroups } from '../../linux/cgroup/cgroup.ts';
import type { ResourcesSpec } from '../../schema/container-spec.ts';
import type { Unsupported } from '../backend.ts';

/** Controllers, with the fields that only they hold to. */
const fields = [
  ['memory', 'memory'],
  ['memory', 'memoryReservation'],
  ['cpu', 'cpus'],
  ['cpu', 'cpuWeight'],
  ['cpuset', 'cpuset'],
  ['pids', 'pids'],
  ['io', 'io'],
  ['hugetlb', 'hugetlb'],
] as const;

/** How an executable begins (elf(5)). */
const ELF = Buffer.from('\x7fELF', 'latin1');

/** Limits by a tree of v2 beside those of v1: runtimes look for controllers in either version, and not in both. */
export function unseenLimits(
  resources: Partial<ResourcesSpec>,
  { mode, hierarchies }: Pick<HostCgroups, 'mode' | 'hierarchies'>,
): Unsupported[] {
  if (mode !== 'hybrid') return [];
  const controllers = controllersOfV2(hierarchies);
  return fields
    .filter(([controller, field]) => controllers.includes(controller) && resources[field] !== undefined)
    .map(([controller, field]) => ({
      path: `resources.${field}`,
      reason: `this host has the controller ${controller} in a tree of v2 beside trees of v1, where runtimes do not look`,
      expected: `${controller} among the trees of v1, control groups of v2 alone, or --backend native`,
    }));
}

/** What a runtime is asked for its version for: only crun refuses such a host, and only what it sees of it counts. */
export function isJudgedByVersion(
  program: string,
  { mode, hierarchies }: Pick<HostCgroups, 'mode' | 'hierarchies'>,
): boolean {
  if (mode !== 'hybrid' || controllersOfV2(hierarchies).length === 0) return false;
  // A script may call it with other mounts in its sight: what becomes of that is seen at a start.
  const descriptor = openSync(program, 'r');
  try {
    const magic = Buffer.alloc(ELF.length);
    readSync(descriptor, magic);
    return magic.equals(ELF);
  } finally {
    closeSync(descriptor);
  }
}

/** That crun refuses a host as a whole, by what it says of its version on one on which that decides. */
export function refusedHybrid(version: string, hierarchies: HostCgroups['hierarchies']): Unsupported[] {
  if (!version.startsWith('crun version ')) return [];
  const controllers = controllersOfV2(hierarchies).join(', ');
  return [
    {
      path: 'resources.pids',
      reason: `crun refuses a host with control groups of both versions, and here v2 has ${controllers} beside the trees of v1`,
      expected: 'a tree of v2 without controllers, another runtime, or --backend native',
    },
  ];
}

function controllersOfV2(hierarchies: HostCgroups['hierarchies']): readonly string[] {
  return hierarchies.find(({ version }) => version === 2)?.controllers ?? [];
}
