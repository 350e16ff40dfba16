import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type HostFacts, probeHost } from '../linux/host-facts.ts';
import { resolveRlimits } from '../linux/rlimits.ts';
import type { Check, Diagnosis } from '../schema/answer.ts';
import type { Settings } from './settings.ts';

type Shortcoming = Pick<Check, 'meaning' | 'remedy'> & { status: 'warn' | 'fail' };

/** What this host can and cannot do, and how to mend it. Changes nothing. */
export function diagnose(settings: Settings): Diagnosis {
  const checks = judge(probeHost(), process.arch, filesystemType(settings.root));
  return { fit: checks.every(({ status }) => status !== 'fail'), checks };
}

/** Pure: the facts in, a verdict on each out. `rootType` is the filesystem magic of statfs(2). */
export function judge(facts: HostFacts, architecture: string, rootType: number): Check[] {
  return [
    check('processor', architecture, ['x64', 'arm64'].includes(architecture) ? undefined : otherProcessor),
    check('kernel', facts.kernel, isOlder(facts.kernel, [5, 12]) ? oldKernel : undefined),
    check(
      'capabilities',
      `${facts.capabilities.length} of ${facts.lastCapability + 1}`,
      capabilityGap(facts),
    ),
    check('namespaces', facts.namespaces.join(' '), namespaceGap(facts)),
    check('control groups', cgroupWords(facts), cgroupGap(facts)),
    check('overlay', facts.overlay, facts.overlay === 'missing' ? noOverlay : undefined),
    check('state directory', rootType === OVERLAYFS ? 'on overlay' : 'ready', storeGap(rootType)),
    check('seccomp', facts.seccomp ? 'ready' : 'missing', facts.seccomp ? undefined : noSeccomp),
    check('libseccomp', facts.libseccomp?.version ?? 'missing', facts.libseccomp ? undefined : noLibseccomp),
    check('security modules', facts.securityModules.join(' ') || 'none', moduleGap(facts)),
    ...resolveRlimits([], facts.rlimits, { mayRaise: mayRaise(facts) }).clamped.map(
      ({ name, wanted, given }) =>
        check(`rlimit ${name}`, `hard limit ${given.hard}`, {
          status: 'warn',
          meaning: `containers get ${given.hard} where the default is ${wanted.hard}`,
          remedy: 'raise the hard limit of who starts sc, or start it with CAP_SYS_RESOURCE',
        }),
    ),
  ];
}

function check(name: string, found: string, shortcoming: Shortcoming | undefined): Check {
  return { name, status: 'ok', found, ...shortcoming };
}

const otherProcessor: Shortcoming = {
  status: 'fail',
  meaning: 'the native backend speaks to the kernel in the numbers of x86-64 and arm64 only',
};

const oldKernel: Shortcoming = {
  status: 'fail',
  meaning: 'mounts are made with calls of Linux 5.12 (mount_setattr)',
  remedy: 'start a newer kernel',
};

const noOverlay: Shortcoming = {
  status: 'fail',
  meaning: 'root filesystems are copy-on-write by overlayfs',
  remedy: 'modprobe overlay, or install the modules of the running kernel',
};

const noSeccomp: Shortcoming = {
  status: 'fail',
  meaning: 'the default profile of system calls cannot be held to',
  remedy: 'a kernel with CONFIG_SECCOMP_FILTER, or seccomp: unconfined in the container file',
};

const noLibseccomp: Shortcoming = {
  status: 'fail',
  meaning: 'the default profile of system calls cannot be compiled',
  remedy: 'apt-get install libseccomp2, or the package of your distribution',
};

function capabilityGap({ capabilities }: HostFacts): Shortcoming | undefined {
  const needed = [
    'SYS_ADMIN',
    'SYS_CHROOT',
    'SETUID',
    'SETGID',
    'SETPCAP',
    'MKNOD',
    'NET_ADMIN',
    'DAC_OVERRIDE',
    'KILL',
  ];
  const missing = needed.filter((name) => !capabilities.includes(`CAP_${name}`));
  if (missing.length === 0) return undefined;
  return {
    status: 'fail',
    meaning: `containers cannot be made without ${missing.map((name) => `CAP_${name}`).join(', ')}`,
    remedy: 'run sc as root',
  };
}

function namespaceGap({ namespaces }: HostFacts): Shortcoming | undefined {
  const missing = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts'].filter((name) => !namespaces.includes(name));
  if (missing.length === 0) return undefined;
  return {
    status: 'fail',
    meaning: `the kernel cannot divide: ${missing.join(', ')}`,
    remedy: 'start a kernel with these namespaces',
  };
}

function cgroupWords({ cgroups }: HostFacts): string {
  if (cgroups === undefined) return 'none mounted';
  const controllers = cgroups.hierarchies.flatMap(({ controllers }) => controllers);
  return `${cgroups.mode}: ${controllers.join(' ')}`;
}

function cgroupGap({ cgroups }: HostFacts): Shortcoming | undefined {
  const controllers = cgroups?.hierarchies.flatMap(({ controllers }) => controllers) ?? [];
  const missing = ['memory', 'pids'].filter((name) => !controllers.includes(name));
  if (missing.length > 0) {
    return {
      status: 'fail',
      meaning: `no limit of ${missing.join(' and ')} can be held to`,
      remedy: 'mount the control groups of the host, with these controllers switched on',
    };
  }
  if (cgroups?.accountsSwap !== false) return undefined;
  return {
    status: 'warn',
    meaning: 'swap is not counted for each container, so that memorySwap cannot be held to',
    remedy: 'swapaccount=1 on the command line of the kernel',
  };
}

function moduleGap({ securityModules }: HostFacts): Shortcoming | undefined {
  if (securityModules.length > 0) return undefined;
  return {
    status: 'warn',
    meaning: 'containers are held by namespaces, capabilities and seccomp alone',
    remedy: 'switch on AppArmor or SELinux',
  };
}

function storeGap(rootType: number): Shortcoming | undefined {
  if (rootType !== OVERLAYFS) return undefined;
  return {
    status: 'fail',
    meaning: 'overlayfs cannot write to another overlayfs',
    remedy: '--root DIR (or SC_ROOT) on an ordinary filesystem, a volume for instance',
  };
}

function mayRaise({ capabilities }: HostFacts): boolean {
  return capabilities.includes('CAP_SYS_RESOURCE');
}

function isOlder(release: string, [major, minor]: readonly [number, number]): boolean {
  const [ours = 0, ourMinor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  return ours < major || (ours === major && ourMinor < minor);
}

/** OVERLAYFS_SUPER_MAGIC (include/uapi/linux/magic.h). */
const OVERLAYFS = 0x794c7630;

/** Of the directory, or of where it will be. */
function filesystemType(directory: string): number {
  for (let path = directory; ; path = dirname(path)) {
    try {
      return statfsSync(path).type;
    } catch (error) {
      if (path === dirname(path)) throw error;
    }
  }
}
