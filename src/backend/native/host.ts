import { rmdirSync } from 'node:fs';
import { capabilityMask } from '../../linux/capabilities.ts';
import type { HostCgroups } from '../../linux/cgroup/cgroup.ts';
import { readHostCgroups } from '../../linux/cgroup/hierarchy.ts';
import { planCgroups } from '../../linux/cgroup/plan.ts';
import { isErrno } from '../../linux/descriptor.ts';
import { effectiveCapabilities, lastCapability } from '../../linux/kernel.ts';
import { type Limit, readHostRlimits, resolveRlimits } from '../../linux/rlimits.ts';
import { seccompFilter } from '../../linux/seccomp/filter.ts';
import type { ContainerSpec } from '../../schema/container-spec.ts';
import type { HostView } from './render/input.ts';
import type { SourceKind } from './render/mounts.ts';

export interface ViewOptions {
  cgroupParent: string;
  /** Of compiled system call filters. */
  cacheDirectory: string;
  sourceKind: (source: string) => SourceKind;
}

/** What stays the same while this process lives. */
interface Facts {
  cgroups: HostCgroups;
  lastCapability: number;
  limits: Map<string, Limit>;
  mayRaise: boolean;
}

let facts: Facts | undefined;

/** Looks at the host for what a container's program depends on. Fails where a limit cannot be held. */
export function viewHost(container: ContainerSpec, options: ViewOptions): HostView {
  facts ??= readFacts();
  const { resources, security } = container;
  return {
    cgroups: planCgroups(facts.cgroups, { parent: options.cgroupParent, id: container.id, resources }),
    seccompFilter: filterOf(security, options.cacheDirectory),
    lastCapability: facts.lastCapability,
    rlimits: resolveRlimits(resources.rlimits, facts.limits, { mayRaise: facts.mayRaise }).limits,
    sourceKind: options.sourceKind,
  };
}

/** Filters of this process's earlier containers, as many as there are different sets of capabilities. */
const filters = new Map<string, Buffer | undefined>();

function filterOf(security: ContainerSpec['security'], cacheDirectory: string): Buffer | undefined {
  const key = [security.seccomp, ...security.capabilities].join(' ');
  if (!filters.has(key)) {
    const { seccomp: profile, capabilities } = security;
    filters.set(key, seccompFilter({ profile, capabilities, cacheDirectory }));
  }
  return filters.get(key);
}

function readFacts(): Facts {
  return {
    cgroups: readHostCgroups(),
    lastCapability: lastCapability(),
    limits: readHostRlimits(),
    mayRaise: (effectiveCapabilities() & capabilityMask(['CAP_SYS_RESOURCE'])) !== 0n,
  };
}

/** Removes the groups of a container whose keeper could not. */
export function removeLeftCgroups(parent: string, id: string): void {
  const { groups, parents } = planCgroups(readHostCgroups(), { parent, id, resources: { pids: -1 } });
  for (const { path } of [...groups, ...parents.toReversed()]) removeGroup(path);
}

function removeGroup(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    // Gone already, or still the parent of other containers.
    const fine = ['ENOENT', 'EBUSY', 'ENOTEMPTY'].some((errno) => isErrno(error, errno));
    if (!fine) throw error;
  }
}
