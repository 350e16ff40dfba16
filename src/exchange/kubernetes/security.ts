import { basename } from 'node:path';
import { capabilities, resolveCapabilities } from '../../linux/capabilities.ts';
import { filled } from '../filled.ts';
import type { Runnable } from './cluster.ts';
import type { Source } from './source.ts';

/** Rights of the container, each said, as those of a runtime that nobody has asked are others. */
export function securityOf({ process, rootfs, security = {} }: Runnable, source: Source): object {
  const { seccomp = 'default', apparmor, selinux } = security;
  return {
    ...userOf(process?.user, source),
    ...filled({
      readOnlyRootFilesystem: source.take('rootfs.readOnly', rootfs?.readOnly) || undefined,
      ...privilegesOf(security, source),
      seccompProfile: seccompOf(seccomp, source),
      appArmorProfile: apparmor === undefined ? undefined : appArmorOf(apparmor, source),
      seLinuxOptions: selinux === undefined ? undefined : seLinuxOf(selinux, source),
    }),
  };
}

/** What the whole Pod has: groups, and kernel settings. */
export function podSecurityOf({ process = {}, security = {} }: Runnable, source: Source): object | undefined {
  const groups = (process.additionalGroups ?? []).flatMap((group, index) => {
    const id = numberOf(group);
    const path = `process.additionalGroups[${index}]`;
    if (id === undefined) source.note(path, `groups are numbers: found "${group}"`);
    else source.take(path, id);
    return id ?? [];
  });
  const sysctls = Object.entries(source.take('security.sysctls', security.sysctls) ?? {});
  for (const [name] of sysctls)
    if (!safeSysctls.includes(name.replaceAll('/', '.')))
      source.note('security.sysctls', `"${name}" has to be allowed on the node: --allowed-unsafe-sysctls`);
  const { uid, gid } = numbersOf(process.user);
  // Else a secret would belong to root, and nobody else could read it.
  const readsSecrets = (security.secrets ?? []).length > 0 && uid !== undefined && uid !== 0;
  return filled({
    supplementalGroups: groups,
    fsGroup: readsSecrets ? (gid ?? uid) : undefined,
    sysctls: sysctls.map(([name, value]) => ({ name: name.replaceAll('/', '.'), value })),
  });
}

/** Those that a kubelet allows without a word. */
const safeSysctls: readonly string[] = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
];

function userOf(user: string | undefined, source: Source): object {
  if (user === undefined) return {};
  const { uid, gid, isNumbers } = numbersOf(user);
  if (isNumbers) source.take('process.user', user);
  else source.note('process.user', `users and groups are numbers: found "${user}"`);
  if (uid === undefined) return {};
  return { runAsUser: uid, ...(gid !== undefined && { runAsGroup: gid }) };
}

/** Of names nothing is known without the image, but that of root. */
function numbersOf(user = ''): { uid?: number; gid?: number; isNumbers: boolean } {
  const [uid, gid] = user.split(':').map(numberOf);
  const isNumbers = uid !== undefined && (gid !== undefined || !user.includes(':'));
  return { ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }), isNumbers };
}

function numberOf(word: string): number | undefined {
  if (word === 'root') return 0;
  return /^\d+$/.test(word) ? Number(word) : undefined;
}

type Security = NonNullable<Runnable['security']>;

function privilegesOf(security: Security, source: Source): object {
  const own = resolveCapabilities(source.take('security.capabilities', security.capabilities) ?? {});
  const add = own.map((name) => name.replace('CAP_', ''));
  const noNew = source.take('security.noNewPrivileges', security.noNewPrivileges) ?? true;
  // Kubernetes refuses the one beside the other.
  const isRefused = noNew && own.includes('CAP_SYS_ADMIN');
  if (isRefused)
    source.note(
      'security.capabilities',
      'who has SYS_ADMIN may gain new privileges: noNewPrivileges does not hold',
    );
  return {
    allowPrivilegeEscalation: isRefused ? undefined : !noNew,
    capabilities:
      add.length === capabilities.length ? { add: ['ALL'] } : { drop: ['ALL'], ...filled({ add }) },
  };
}

function seccompOf(seccomp: string, source: Source): object {
  if (seccomp === 'default') return source.take('security.seccomp', { type: 'RuntimeDefault' });
  if (seccomp === 'unconfined') return source.take('security.seccomp', { type: 'Unconfined' });
  const localhostProfile = basename(seccomp);
  source.note('security.seccomp', `each node has to have it: /var/lib/kubelet/seccomp/${localhostProfile}`);
  return { type: 'Localhost', localhostProfile };
}

function appArmorOf(profile: string, source: Source): object {
  if (profile === 'unconfined') return source.take('security.apparmor', { type: 'Unconfined' });
  source.note('security.apparmor', `each node has to have the profile "${profile}"`);
  return { type: 'Localhost', localhostProfile: profile };
}

/** `user:role:type:level`, of which the last may have more colons. */
function seLinuxOf(label: string, source: Source): object | undefined {
  const [, user, role, type, level] = /^([^:]+):([^:]+):([^:]+)(?::(.+))?$/.exec(label) ?? [];
  if (user === undefined) source.note('security.selinux', 'it has no user, role and type');
  else source.take('security.selinux', label);
  return filled({ user, role, type, level });
}
