import { accessSync, constants, mkdirSync, rmdirSync } from 'node:fs';
import { ScError } from '../errors/error.ts';
import { errnoOf } from '../errors/reason.ts';
import { isTaken } from './bpf/bpf.ts';
import { capabilityNames } from './capabilities.ts';
import { type HostCgroups, rootOf } from './cgroup/cgroup.ts';
import { readHostCgroups } from './cgroup/hierarchy.ts';
import { deviceProgram } from './device-program.ts';
import { describeFilesystem, type FilesystemFacts } from './filesystem.ts';
import {
  closedNamespaces,
  confiningModules,
  effectiveCapabilities,
  hasSeccomp,
  kernelRelease,
  lastCapability,
  namespaces,
  overlaySupport,
  readSysctl,
  seccompActions,
  userNamespaceBarriers,
} from './kernel.ts';
import { type RefusedCall, refusedCalls } from './kernel-calls.ts';
import { tryOverlay } from './overlay-trial.ts';
import { tryReflink } from './reflink.ts';
import { type Limit, readHostRlimits } from './rlimits.ts';
import { findLibseccomp, loadLibseccomp } from './seccomp/libseccomp.ts';
import { libraryOfC, type Surroundings, surroundings } from './surroundings.ts';

/** What this machine can do for containers: facts without a judgement. */
export interface HostFacts {
  /** As Node names it: `x64`, `arm64`. */
  processor: string;
  kernel: string;
  /** `glibc 2.36`, or `musl`. */
  libraryOfC: string;
  /** Calls that containers are made with and that this process cannot make. */
  refusedCalls: RefusedCall[];
  /** Whether programs in memory may be executed, as the one that makes containers is. */
  executesMemory: boolean;
  /** Of this process, by name and number. */
  capabilities: string[];
  lastCapability: number;
  /** Whether this process is root, to whom settings for users without root do not apply. */
  root: boolean;
  namespaces: string[];
  /** Those of which the host's settings allow none: `user.max_user_namespaces=0`. */
  closedNamespaces: string[];
  overlay: 'ready' | 'module' | 'missing';
  /** The kernel's error where overlay cannot write to the filesystem of the state directory. */
  overlayTrial: string | undefined;
  /** Whether copies in the state directory can share what files hold. */
  sharesContent: boolean;
  seccomp: boolean;
  /** What a filter may answer, such as `errno`; empty where the kernel does not say. */
  seccompActions: string[];
  /** Path and version, such as `2.5.4`; undefined where it is not installed. */
  libseccomp: { path: string; version: string } | undefined;
  /** Undefined where none is mounted. */
  cgroups: HostCgroups | undefined;
  /** Where in a hierarchy this process cannot make a group, with the kernel's error. */
  closedHierarchies: { path: string; errno: string }[];
  /** Whether the kernel takes programs that control devices, as groups of v2 need. */
  deviceFilters: boolean;
  /** Limits of this process, by name; -1 is unlimited. */
  rlimits: Map<string, Limit>;
  /** Active ones that confine programs, such as `apparmor`. */
  securityModules: string[];
  /** Settings such as `user.max_user_namespaces=0` that keep users without root out. */
  userNamespaceBarriers: string[];
  surroundings: Surroundings;
  /** Of the state directory. */
  filesystem: FilesystemFacts & { writable: boolean };
  /** `ext4` and the like, of `/`, which `image: host` shows. */
  rootFilesystem: string;
  /** Milliseconds since 1970, as the clock of this machine has it. */
  time: number;
}

/**
 * Looks at everything once, and tries what can be tried without a trace: loads libseccomp to ask for its
 * version, makes groups and an overlay that are gone when this returns.
 */
export function probeHost(stateDirectory: string): HostFacts {
  const cgroups = unlessMissing(readHostCgroups);
  const filesystem = describeFilesystem(stateDirectory);
  return {
    processor: process.arch,
    kernel: kernelRelease(),
    libraryOfC: libraryOfC(),
    refusedCalls: refusedCalls(),
    executesMemory: readSysctl('vm.memfd_noexec') !== '2',
    capabilities: capabilityNames(effectiveCapabilities()),
    lastCapability: lastCapability(),
    root: process.geteuid?.() === 0,
    namespaces: namespaces(),
    closedNamespaces: closedNamespaces(),
    overlay: overlaySupport(),
    overlayTrial: tryOverlay(filesystem.path),
    sharesContent: tryReflink(filesystem.path),
    seccomp: hasSeccomp(),
    seccompActions: seccompActions(),
    libseccomp: unlessMissing(() => {
      const library = findLibseccomp();
      return { path: library.path, version: loadLibseccomp(library).version().join('.') };
    }),
    cgroups,
    closedHierarchies: cgroups === undefined ? [] : closedHierarchies(cgroups),
    deviceFilters: isTaken('a list of devices', deviceProgram([]), { devicesOf: -1 }),
    rlimits: readHostRlimits(),
    securityModules: confiningModules(),
    userNamespaceBarriers: userNamespaceBarriers(),
    surroundings: surroundings(),
    filesystem: { ...filesystem, writable: isWritable(filesystem.path) },
    rootFilesystem: describeFilesystem('/').type,
    time: Date.now(),
  };
}

function closedHierarchies({ hierarchies }: HostCgroups): HostFacts['closedHierarchies'] {
  return hierarchies.flatMap((hierarchy) => {
    const path = rootOf(hierarchy);
    const group = `${path}/sc-doctor-${process.pid}`;
    try {
      mkdirSync(group);
      rmdirSync(group);
      return [];
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      return [{ path, errno }];
    }
  });
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** A host that lacks something is a fact here, not an error. */
function unlessMissing<Fact>(probe: () => Fact): Fact | undefined {
  try {
    return probe();
  } catch (error) {
    if (error instanceof ScError && error.code === 'SC_HOST_UNFIT') return undefined;
    throw error;
  }
}
