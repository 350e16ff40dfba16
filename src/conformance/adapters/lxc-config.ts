import { statSync } from 'node:fs';
import { parseSize } from '../../document/units.ts';
import { readHostCgroups } from '../../linux/cgroup/hierarchy.ts';

/** As much of a container as lxc.container.conf(5) can say, in the form of the container file. */
export interface LxcContainer {
  image: string;
  rootfs?: { readOnly?: boolean };
  process?: { args?: string[]; cwd?: string; user?: string };
  environment?: { [name: string]: string };
  network?: { hostname?: string; mode?: 'none' | 'host' };
  namespaces?: { [name: string]: 'private' | 'host' };
  mounts?: {
    bind?: string;
    target: string;
    readOnly?: boolean;
    exec?: boolean;
    size?: string;
    mode?: string;
  }[];
  signals?: { stopSignal?: string };
  resources?: { memory?: string | number; pids?: number; rlimits?: { [name: string]: number } };
  security?: {
    capabilities?: { drop?: string[] };
    noNewPrivileges?: boolean;
    sysctls?: { [name: string]: string };
  };
}

/** The fields of it, as an adapter declares them. What is a line of its own has no line break. */
export const lxcFields: readonly string[] = [
  'image=^/',
  'rootfs.readOnly',
  ...['process.args', 'process.cwd', 'process.user=^[0-9]+(:[0-9]+)?$'],
  'environment=^(?!null$)[^\\n]*$',
  'terminal.stdin=^true$',
  ...['network.hostname', 'network.mode=^(none|host)$'],
  ...['pid', 'ipc', 'uts', 'network'].map((name) => `namespaces.${name}=^(private|host)$`),
  ...['bind=^/', 'tmpfs', 'target', 'readOnly', 'exec', 'size', 'mode'].map((name) => `mounts[].${name}`),
  'signals.stopSignal',
  ...['resources.memory', 'resources.pids=^[0-9]+$', 'resources.rlimits=^[0-9]+$'],
  ...['capabilities.drop=^(?!ALL$)', 'noNewPrivileges', 'sysctls'].map((name) => `security.${name}`),
];

/** lxc.container.conf(5) of a container, with what lxc needs to know of this host. */
export function lxcConfig(
  {
    image,
    rootfs = {},
    process = {},
    environment = {},
    network = {},
    namespaces = {},
    mounts = [],
    signals = {},
    resources = {},
    security = {},
  }: LxcContainer,
  { name, group, upper }: { name: string; group: string; upper: string },
): string {
  const [uid, gid] = (process.user ?? '').split(':');
  const isOfHost = (network.mode ?? (namespaces.network === 'host' ? 'host' : 'none')) === 'host';
  const shared = ['pid', 'ipc', 'uts'].filter((kind) => namespaces[kind] === 'host');
  const { rlimits = {} } = resources;
  const lines: (readonly [key: string, value: string | number])[] = [
    // A layer of its own over the image, but where nothing is written; neither is to go with the container.
    ['rootfs.path', rootfs.readOnly === true ? `dir:${image}` : `overlay:${image}:${upper}`],
    ['rootfs.managed', 0],
    ...(rootfs.readOnly === true ? [['rootfs.options', 'ro'] as const] : []),
    ['uts.name', network.hostname ?? name],
    ['net.0.type', isOfHost ? 'none' : 'empty'],
    ...(shared.length > 0 ? [['namespace.keep', shared.join(' ')] as const] : []),
    ['apparmor.profile', 'unconfined'],
    ['mount.auto', 'proc:mixed sys:mixed'],
    ['autodev', 1],
    ['tty.max', 0],
    ['console.path', 'none'],
    ['cgroup.relative', 0],
    ['cgroup.dir.container', `${group}/${name}`],
    ['cgroup.dir.monitor', `${group}/${name}.monitor`],
    ['cgroup.dir.monitor.pivot', `${group}/${name}.pivot`],
    ...(process.cwd === undefined ? [] : [['init.cwd', process.cwd] as const]),
    ...(uid ? [['init.uid', uid] as const] : []),
    ...(gid ? [['init.gid', gid] as const] : []),
    ...Object.entries(environment).map(([key, value]) => ['environment', `${key}=${value}`] as const),
    ...mounts.map((mount) => ['mount.entry', entryOf(mount)] as const),
    ...(signals.stopSignal === undefined ? [] : [['signal.halt', signals.stopSignal] as const]),
    ...limitsOf(resources),
    ...Object.entries(rlimits).map(([kind, value]) => [`prlimit.${kind}`, value] as const),
    ...(security.capabilities?.drop ?? []).map(
      (capability) => ['cap.drop', capability.toLowerCase().replace(/^cap_/, '')] as const,
    ),
    ...(security.noNewPrivileges === true ? [['no_new_privs', 1] as const] : []),
    ...Object.entries(security.sysctls ?? {}).map(([key, value]) => [`sysctl.${key}`, value] as const),
  ];
  return lines.map(([key, value]) => `lxc.${key} = ${value}\n`).join('');
}

/** A line of fstab(5), with a target from the root of the container. */
function entryOf({
  bind,
  target,
  readOnly,
  exec,
  size,
  mode,
}: NonNullable<LxcContainer['mounts']>[number]): string {
  const flags = [
    ...(readOnly === true ? ['ro'] : []),
    ...(exec === undefined ? [] : [exec ? 'exec' : 'noexec']),
    bind !== undefined && statSync(bind).isFile() ? 'create=file' : 'create=dir',
  ];
  const place = target.replace(/^\/+/, '');
  if (bind !== undefined) return `${bind} ${place} none ${['rbind', ...flags].join(',')} 0 0`;
  const own = [
    ...(size === undefined ? [] : [`size=${parseSize(size)}`]),
    ...(mode === undefined ? [] : [`mode=${mode}`]),
  ];
  return `tmpfs ${place} tmpfs ${['nosuid', 'nodev', ...flags, ...own].join(',')} 0 0`;
}

/** In the words of the version of control groups that has the controller here. */
function limitsOf({ memory, pids }: NonNullable<LxcContainer['resources']>) {
  const versionOf = (controller: string) =>
    readHostCgroups().hierarchies.find(({ controllers }) => controllers.includes(controller))?.version;
  const line = (controller: string, first: string, second: string, value: number) =>
    versionOf(controller) === 2
      ? ([`cgroup2.${second}`, value] as const)
      : ([`cgroup.${first}`, value] as const);
  const bytes = typeof memory === 'string' ? parseSize(memory) : memory;
  return [
    ...(bytes === undefined ? [] : [line('memory', 'memory.limit_in_bytes', 'memory.max', bytes)]),
    ...(pids === undefined ? [] : [line('pids', 'pids.max', 'pids.max', pids)]),
  ];
}
