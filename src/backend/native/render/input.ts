import type { CgroupPlan } from '../../../linux/cgroup/cgroup.ts';
import type { ResolvedRlimits } from '../../../linux/rlimits.ts';
import type { IdMaps, SecuritySpec } from '../../../schema/container-spec.ts';
import type { LaunchRequest, Owner } from '../../backend.ts';
import type { BindSpec, SourceKind } from './bind.ts';
import type { DeviceNode } from './devices.ts';

/** What rendering needs to know of the host for a program in a container, so that rendering itself is pure. */
export interface ProgramView {
  /** Compiled filter, struct sock_filter[]; undefined runs unconfined. */
  seccompFilter: Buffer | undefined;
  rlimits: ResolvedRlimits['limits'];
  /** From -1000 to 1000; undefined where the container has the caller's. */
  oomScore: number | undefined;
  /** Number of the kernel's last capability. */
  lastCapability: number;
  /** What the security modules of this host are asked for, where there is something. */
  confinement: Pick<SecuritySpec, 'apparmor' | 'selinux'>;
}

/** And for the init of a container, in namespaces and control groups that are there. */
export interface InitView extends ProgramView {
  cgroups: CgroupPlan;
  /** Nodes of the host's devices, beside those that every container has. */
  devices: readonly DeviceNode[];
  /** Whether the source of a bind mount is a directory. */
  sourceKind: (mount: BindSpec) => SourceKind;
}

/** And for who makes those. */
export interface HostView extends InitView {
  /** What this process may do, as a mask of capabilities. */
  rights: bigint;
}

export interface RenderRequest extends Omit<LaunchRequest, 'stdio'> {
  /** Of the binds whose owners are not as on the host. */
  mappedBinds?: ReadonlyMap<BindSpec, MappedOwners>;
  /** Standard streams that are the host's null device, and are not to stay it. */
  nullStreams?: readonly number[];
}

/** A program in a container that runs; `container` is as if it had been started with this one. */
export interface ExecRenderRequest
  extends Pick<RenderRequest, 'container' | 'identity' | 'environment' | 'windowSize' | 'nullStreams'> {
  /** cgroup.procs of each group that is joined, by the keeper, and then by the program, which is born in its groups. */
  groups: { keeper: readonly string[]; program: readonly string[] };
}

export interface MappedOwners {
  /** What the user namespace of the mount holds. */
  maps: IdMaps;
  /** Who the source has to belong to still when it is mounted, where the maps depend on it. */
  expected?: Owner;
}
