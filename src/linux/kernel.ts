import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';

// One function a fact of the running kernel, read anew each time.

/** Such as `6.1.0-18-amd64`. */
export function kernelRelease(): string {
  return release();
}

/** Number of the newest capability that this kernel knows. */
export function lastCapability(): number {
  return Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8'));
}

/** What this process may do, as a mask; bit n is capability n. */
export function effectiveCapabilities(): bigint {
  return parseCapabilityLine(readFileSync('/proc/self/status', 'utf8'), 'CapEff');
}

/** The mask in one line of /proc/PID/status, such as CapEff or CapBnd. */
export function parseCapabilityLine(status: string, line: string): bigint {
  const [, digits] = new RegExp(`^${line}:\\s+([0-9a-f]+)$`, 'm').exec(status) ?? [];
  return digits === undefined ? 0n : BigInt(`0x${digits}`);
}

/** Namespaces that a process can have of its own: `cgroup ipc mnt net pid time user uts`. */
export function namespaces(): string[] {
  return readdirSync('/proc/self/ns')
    .filter((name) => !name.endsWith('_for_children'))
    .sort();
}

/** Whether overlay can be mounted: `ready`, or `module` where the kernel loads it at the first mount. */
export function overlaySupport(): 'ready' | 'module' | 'missing' {
  if (filesystems().includes('overlay')) return 'ready';
  const directory = `/lib/modules/${release()}`;
  for (const list of ['modules.builtin', 'modules.dep']) {
    if (
      existsSync(`${directory}/${list}`) &&
      /\/overlay\.ko/.test(readFileSync(`${directory}/${list}`, 'utf8'))
    ) {
      return 'module';
    }
  }
  return 'missing';
}

/** The types that the kernel can mount right now. */
export function filesystems(): string[] {
  const lines = readFileSync('/proc/filesystems', 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.split('\t')[1] ?? '');
}

/** Whether the kernel takes seccomp filters. */
export function hasSeccomp(): boolean {
  return /^Seccomp:/m.test(readFileSync('/proc/self/status', 'utf8'));
}

/** What a filter may answer, such as `errno` and `user_notif`; empty where the kernel does not say. */
export function seccompActions(): string[] {
  return readSysctl('kernel.seccomp.actions_avail')?.split(' ') ?? [];
}

/** Settings that allow no namespace of a type at all, to root neither: `user.max_user_namespaces=0`. */
export function closedNamespaces(): string[] {
  return ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts']
    .map((name) => `user.max_${name}_namespaces`)
    .filter((sysctl) => readSysctl(sysctl) === '0')
    .map((sysctl) => `${sysctl}=0`);
}

/**
 * The security modules that confine programs and are on: of `apparmor`, `selinux`, `smack`, `tomoyo`.
 * Empty means that containers are held by namespaces, capabilities and seccomp alone.
 */
export function confiningModules(): string[] {
  const active = existsSync('/sys/kernel/security/lsm')
    ? readFileSync('/sys/kernel/security/lsm', 'utf8').trim().split(',')
    : modulesWithoutSecurityfs();
  return active.filter((name) => ['apparmor', 'selinux', 'smack', 'tomoyo'].includes(name));
}

/** securityfs need not be mounted: the modules show themselves elsewhere too. */
function modulesWithoutSecurityfs(): string[] {
  const apparmor = '/sys/module/apparmor/parameters/enabled';
  return [
    ...(existsSync(apparmor) && readFileSync(apparmor, 'utf8').startsWith('Y') ? ['apparmor'] : []),
    ...(existsSync('/sys/fs/selinux/enforce') ? ['selinux'] : []),
    ...(existsSync('/sys/fs/smackfs/load2') ? ['smack'] : []),
  ];
}

/** What keeps users without root from making user namespaces; empty where nothing does. */
export function userNamespaceBarriers(): string[] {
  const barriers = [
    { sysctl: 'user.max_user_namespaces', closed: '0' },
    // Of Debian's and Arch's kernels.
    { sysctl: 'kernel.unprivileged_userns_clone', closed: '0' },
    // Of Ubuntu's.
    { sysctl: 'kernel.apparmor_restrict_unprivileged_userns', closed: '1' },
  ];
  return barriers
    .filter(({ sysctl, closed }) => readSysctl(sysctl) === closed)
    .map(({ sysctl, closed }) => `${sysctl}=${closed}`);
}

/** The value of `kernel.pid_max` and the like; undefined where this kernel has no such setting. */
export function readSysctl(name: string): string | undefined {
  const path = `/proc/sys/${name.replaceAll('.', '/')}`;
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}
