import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScError } from '../../errors/error.ts';
import { capabilityMask } from '../../linux/capabilities.ts';
import type { HostCgroups } from '../../linux/cgroup/cgroup.ts';
import { leaveDelegated } from '../../linux/cgroup/delegation.ts';
import { thaw } from '../../linux/cgroup/freezer.ts';
import { readHostCgroups } from '../../linux/cgroup/hierarchy.ts';
import { thisHost } from '../../linux/cgroup/look.ts';
import { planCgroups, possibleGroups } from '../../linux/cgroup/plan.ts';
import { removeGroup } from '../../linux/cgroup/remove.ts';
import { isErrno } from '../../linux/descriptor.ts';
import { effectiveCapabilities, lastCapability } from '../../linux/kernel.ts';
import { type Limit, readHostRlimits, resolveRlimits } from '../../linux/rlimits.ts';
import { seccompFilter } from '../../linux/seccomp/filter.ts';
import type { ContainerSpec, ResourcesSpec } from '../../schema/container-spec.ts';
import { confinementOf } from './confinement.ts';
import { type DeviceRights, deviceControl, deviceNodes, uncontrolledDevices } from './devices.ts';
import { type LimitVerdict, limitVerdict, oomScore } from './limits.ts';
import type { BindSpec, SourceKind } from './render/bind.ts';
import type { HostView, ProgramView } from './render/input.ts';

/** Milliseconds for killed processes to go. */
const PATIENCE = 5000;

interface ViewOptions {
  cgroupParent: string;
  /** Of compiled system call filters. */
  cacheDirectory: string;
  sourceKind: (mount: BindSpec) => SourceKind;
  /** Where somebody else makes the groups. */
  placeGroups?: (host: HostCgroups) => HostCgroups;
}

/** What stays the same while this process lives. */
interface Facts {
  cgroups: HostCgroups;
  lastCapability: number;
  rights: bigint;
  limits: Map<string, Limit>;
  mayRaise: boolean;
}

let facts: Facts | undefined;

/** Looks at the host for what a program in a container depends on. Fails where a limit cannot be held. */
export function viewProgram(
  { resources, security }: ContainerSpec,
  { cacheDirectory }: Pick<ViewOptions, 'cacheDirectory'>,
): ProgramView {
  facts ??= readFacts();
  return {
    seccompFilter: filterOf(security, cacheDirectory),
    lastCapability: facts.lastCapability,
    rlimits: resolveRlimits(resources.rlimits, facts.limits, { mayRaise: facts.mayRaise }).limits,
    oomScore: oomScore(resources, facts),
    confinement: confinementOf(security),
  };
}

/** And for what the container itself depends on. */
export function viewHost(container: ContainerSpec, options: ViewOptions): HostView {
  facts ??= readFacts();
  const { id, resources, security } = container;
  const devices = deviceNodes(security);
  const control = deviceControl(security, devices, facts.cgroups);
  return {
    ...viewProgram(container, options),
    cgroups: planCgroups(
      options.placeGroups?.(facts.cgroups) ?? facts.cgroups,
      {
        parent: options.cgroupParent,
        id,
        resources: { ...resources, ...(control !== undefined && { devices: control }) },
      },
      thisHost,
    ),
    rights: facts.rights,
    devices,
    sourceKind: options.sourceKind,
  };
}

/** The trees of control groups of this host. */
export function hostCgroups(): HostCgroups {
  facts ??= readFacts();
  return facts.cgroups;
}

/**
 * Goes where this process can stay while it makes control groups. To be called before it has children that
 * stay with it.
 */
export function settle(): void {
  facts ??= readFacts();
  leaveDelegated(facts.cgroups);
}

/** What this host makes of a container's limits: known before anything is made for it. */
export function judgeLimits({
  resources,
  security,
}: Pick<ContainerSpec, 'resources'> & { security: DeviceRights }): LimitVerdict {
  if (judged?.resources === resources && judged.security === security) return judged.verdict;
  try {
    facts ??= readFacts();
  } catch (error) {
    // A file can be checked where no container can be started; a start tells what is missing.
    if (error instanceof ScError && error.code === 'SC_HOST_UNFIT') return { refused: [], remarks: [] };
    throw error;
  }
  const { refused, remarks } = limitVerdict(resources, facts);
  const verdict = { refused: [...refused, ...uncontrolledDevices(security, facts.cgroups)], remarks };
  judged = { resources, security, verdict };
  return verdict;
}

/** Of the container before: a plan asks for what is to be known of each, and then for what is refused. */
let judged: { resources: ResourcesSpec; security: DeviceRights; verdict: LimitVerdict } | undefined;

/** Filters of this process's earlier containers, as many as there are different sets of capabilities. */
const filters = new Map<string, Buffer | undefined>();

function filterOf(security: ContainerSpec['security'], cacheDirectory: string): Buffer | undefined {
  const key = JSON.stringify([security.seccomp, ...security.capabilities]);
  if (!filters.has(key)) {
    const { seccomp: profile, capabilities } = security;
    filters.set(key, seccompFilter({ profile, capabilities, cacheDirectory }));
  }
  return filters.get(key);
}

function readFacts(): Facts {
  const rights = effectiveCapabilities();
  return {
    cgroups: readHostCgroups(),
    rights,
    lastCapability: lastCapability(),
    limits: readHostRlimits(),
    mayRaise: (rights & capabilityMask(['CAP_SYS_RESOURCE'])) !== 0n,
  };
}

/**
 * Ends what is left of a container whose keeper could not, and removes its groups. A program can ask not to
 * be killed when the keeper is (prctl(2), PR_SET_PDEATHSIG), but not leave its groups.
 */
export async function removeLeftCgroups(parent: string, id: string): Promise<void> {
  await removeGroups(possibleGroups(readHostCgroups(), { parent, id }));
}

/** The same of groups that somebody else has made; those above them come last, innermost first. */
export async function removeGroups({
  groups,
  parents,
}: {
  groups: readonly string[];
  parents: readonly string[];
}): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  for (const path of groups) {
    while (!removeGroup(path)) {
      if (performance.now() > deadline) throw stillThere(path);
      killAll(`${path}/cgroup.procs`);
      // What stands still by a group of v1 does not die.
      for (const group of groups) thaw({ version: 1, path: group });
      await sleep(5);
    }
  }
  // Those may still be the parents of other containers.
  for (const path of parents) removeGroup(path);
}

function killAll(procsFile: string): void {
  for (const line of unlessGone(() => readFileSync(procsFile, 'utf8'))?.split('\n') ?? []) {
    // A process of a pid namespace that is not ours is 0 there; to kill(2) that would be our own group.
    if (Number(line) > 0) unlessGone(() => process.kill(Number(line), 'SIGKILL'));
  }
}

function unlessGone<Result>(act: () => Result): Result | undefined {
  try {
    return act();
  } catch (error) {
    if (['ENOENT', 'ENODEV', 'ESRCH'].some((errno) => isErrno(error, errno))) return undefined;
    throw error;
  }
}

function stillThere(path: string): ScError {
  return new ScError('SC_SYSTEM_CALL', `remove control group "${path}": EBUSY after ${PATIENCE / 1000} s`, {
    errno: 'EBUSY',
    hint: 'end the processes that are in it, and remove the groups below it',
  });
}
