import { ScError } from '../errors/error.ts';
import { capabilityNames } from './capabilities.ts';
import type { HostCgroups } from './cgroup/cgroup.ts';
import { readHostCgroups } from './cgroup/hierarchy.ts';
import {
  confiningModules,
  effectiveCapabilities,
  hasSeccomp,
  kernelRelease,
  lastCapability,
  namespaces,
  overlaySupport,
  userNamespaceBarriers,
} from './kernel.ts';
import { type Limit, readHostRlimits } from './rlimits.ts';
import { findLibseccomp, loadLibseccomp } from './seccomp/libseccomp.ts';

/** What this machine can do for containers: facts without a judgement. */
export interface HostFacts {
  kernel: string;
  /** Of this process, by name and number. */
  capabilities: string[];
  lastCapability: number;
  namespaces: string[];
  overlay: 'ready' | 'module' | 'missing';
  seccomp: boolean;
  /** Path and version, such as `2.5.4`; undefined where it is not installed. */
  libseccomp: { path: string; version: string } | undefined;
  /** Undefined where none is mounted. */
  cgroups: HostCgroups | undefined;
  /** Limits of this process, by name; -1 is unlimited. */
  rlimits: Map<string, Limit>;
  /** Active ones that confine programs, such as `apparmor`. */
  securityModules: string[];
  /** Settings such as `user.max_user_namespaces=0` that keep users without root out. */
  userNamespaceBarriers: string[];
}

/** Looks at everything once. Loads libseccomp to ask for its version. */
export function probeHost(): HostFacts {
  return {
    kernel: kernelRelease(),
    capabilities: capabilityNames(effectiveCapabilities()),
    lastCapability: lastCapability(),
    namespaces: namespaces(),
    overlay: overlaySupport(),
    seccomp: hasSeccomp(),
    libseccomp: unlessMissing(() => {
      const library = findLibseccomp();
      return { path: library.path, version: loadLibseccomp(library).version().join('.') };
    }),
    cgroups: unlessMissing(readHostCgroups),
    rlimits: readHostRlimits(),
    securityModules: confiningModules(),
    userNamespaceBarriers: userNamespaceBarriers(),
  };
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
