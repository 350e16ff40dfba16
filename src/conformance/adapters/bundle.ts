import { parseSize } from '../../document/units.ts';

/** As much of a container as a runtime of the OCI can be told, in the form of the container file. */
export interface OciContainer {
  image: string;
  rootfs?: { readOnly?: boolean; propagation?: string };
  process?: { args?: string[]; cwd?: string; user?: string; additionalGroups?: string[]; umask?: string };
  environment?: { [name: string]: string | null };
  network?: { hostname?: string; mode?: 'none' | 'host' };
  /** `private`, `host`, or where a namespace is mounted. */
  namespaces?: { [name: string]: string };
  mounts?: {
    bind?: string;
    tmpfs?: true;
    target: string;
    readOnly?: boolean;
    exec?: boolean;
    size?: string;
    mode?: string;
  }[];
  resources?: {
    memory?: string | number;
    memorySwap?: string;
    memoryReservation?: string;
    cpus?: number;
    pids?: number;
    oomScoreAdjust?: number;
    rlimits?: { [name: string]: number };
  };
  security?: {
    noNewPrivileges?: boolean;
    maskedPaths?: { add?: string[] };
    readOnlyPaths?: { add?: string[] };
    sysctls?: { [name: string]: string };
  };
}

/** The fields of it, as an adapter declares them. */
export const ociFields: readonly string[] = [
  'image=^/',
  'rootfs.readOnly',
  // No other words are of the OCI.
  'rootfs.propagation=^(shared|slave|private|unbindable)$',
  ...[
    'process.args',
    'process.cwd',
    'process.umask',
    'process.user=^[0-9]+(:[0-9]+)?$',
    'process.additionalGroups=^[0-9]+$',
  ],
  'environment',
  'terminal.stdin=^true$',
  ...['network.hostname', 'network.mode=^(none|host)$'],
  ...['pid', 'ipc', 'uts', 'network'].map((name) => `namespaces.${name}=^(private$|host$|/)`),
  ...['bind=^/', 'tmpfs', 'target', 'readOnly', 'exec', 'size', 'mode'].map((name) => `mounts[].${name}`),
  ...['memory', 'memorySwap', 'memoryReservation', 'cpus', 'pids', 'oomScoreAdjust'].map(
    (name) => `resources.${name}`,
  ),
  'resources.rlimits=^[0-9]+$',
  ...['noNewPrivileges', 'maskedPaths.add', 'readOnlyPaths.add', 'sysctls'].map((name) => `security.${name}`),
];

/** What `spec` of a runtime writes, as far as it is changed here. */
export interface BundleConfig {
  root: { path: string; readonly: boolean };
  hostname?: string;
  process: {
    terminal: boolean;
    args: string[];
    cwd: string;
    env: string[];
    user: { uid: number; gid: number; additionalGids?: number[]; umask?: number };
    noNewPrivileges: boolean;
    oomScoreAdj?: number;
    rlimits?: { type: string; soft: number; hard: number }[];
  };
  mounts: { destination: string; type?: string; source: string; options: string[] }[];
  linux: {
    cgroupsPath?: string;
    rootfsPropagation?: string;
    namespaces: { type: string; path?: string }[];
    resources?: { [name: string]: unknown };
    maskedPaths: string[];
    readonlyPaths: string[];
    sysctl?: { [name: string]: string };
  };
}

/** Lays a container over what the runtime itself proposes: what is not said stays as it would have it. */
export function configOf(proposed: BundleConfig, container: OciContainer, cgroup: string): BundleConfig {
  const {
    image,
    rootfs = {},
    process = {},
    environment = {},
    network = {},
    resources = {},
    security = {},
  } = container;
  const { linux, hostname: proposedName, ...others } = proposed;
  const { hostname = proposedName } = network;
  const [uid = 0, gid = 0] = (process.user ?? '0').split(':').map(Number);
  const { add: masked = [] } = security.maskedPaths ?? {};
  const { add: readOnly = [] } = security.readOnlyPaths ?? {};
  return {
    ...others,
    root: { path: image, readonly: rootfs.readOnly ?? false },
    // A name can be given in a namespace of its own alone.
    ...(hostname !== undefined && container.namespaces?.uts !== 'host' && { hostname }),
    process: {
      ...proposed.process,
      terminal: false,
      args: process.args ?? ['sh'],
      cwd: process.cwd ?? '/',
      env: environmentOf(proposed.process.env, environment),
      user: {
        ...{ uid, gid },
        ...(process.additionalGroups && { additionalGids: process.additionalGroups.map(Number) }),
        ...(process.umask !== undefined && { umask: Number.parseInt(process.umask, 8) }),
      },
      noNewPrivileges: security.noNewPrivileges ?? proposed.process.noNewPrivileges,
      ...(resources.oomScoreAdjust !== undefined && { oomScoreAdj: resources.oomScoreAdjust }),
      ...(resources.rlimits && { rlimits: rlimitsOf(resources.rlimits) }),
    },
    mounts: [...proposed.mounts, ...(container.mounts ?? []).map(mountOf)],
    linux: {
      ...linux,
      cgroupsPath: cgroup,
      namespaces: namespacesOf(linux.namespaces, container),
      resources: { ...linux.resources, ...limitsOf(resources) },
      ...(rootfs.propagation !== undefined && { rootfsPropagation: rootfs.propagation }),
      maskedPaths: [...linux.maskedPaths, ...masked],
      readonlyPaths: [...linux.readonlyPaths, ...readOnly],
      ...(security.sysctls && { sysctl: security.sysctls }),
    },
  };
}

/** Each name once: that of the container over the runtime's own. TERM is that of a terminal, which there is none of. */
export function environmentOf(
  proposed: readonly string[],
  more: { [name: string]: string | null },
): string[] {
  const all = new Map(proposed.map((entry) => [entry.slice(0, entry.indexOf('=')), entry]));
  all.delete('TERM');
  for (const [name, value] of Object.entries(more)) {
    if (value === null) all.delete(name);
    else all.set(name, `${name}=${value}`);
  }
  return [...all.values()];
}

function mountOf({
  bind,
  target,
  readOnly = false,
  exec,
  size,
  mode,
}: NonNullable<OciContainer['mounts']>[number]) {
  const flags = [
    'nosuid',
    'nodev',
    ...(readOnly ? ['ro'] : []),
    ...(exec === undefined ? [] : [exec ? 'exec' : 'noexec']),
  ];
  if (bind !== undefined)
    return { destination: target, type: 'bind', source: bind, options: ['rbind', ...flags] };
  const own = [
    ...(size === undefined ? [] : [`size=${parseSize(size)}`]),
    ...(mode === undefined ? [] : [`mode=${mode}`]),
  ];
  return { destination: target, type: 'tmpfs', source: 'tmpfs', options: [...flags, ...own] };
}

function namespacesOf(
  proposed: BundleConfig['linux']['namespaces'],
  { namespaces = {}, network = {} }: OciContainer,
) {
  const wanted = { ...namespaces, ...(network.mode === 'host' && { network: 'host' }) } as {
    [name: string]: string;
  };
  const kept = proposed
    .filter(({ type }) => wanted[type] !== 'host')
    .map(({ type }) => (wanted[type]?.startsWith('/') ? { type, path: wanted[type] } : { type }));
  return kept.some(({ type }) => type === 'cgroup') ? kept : [...kept, { type: 'cgroup' }];
}

function limitsOf({
  memory,
  memorySwap,
  memoryReservation,
  cpus,
  pids,
}: NonNullable<OciContainer['resources']>) {
  const limit = typeof memory === 'string' ? parseSize(memory) : memory;
  const swap = memorySwap === 'unlimited' ? -1 : memorySwap && parseSize(memorySwap);
  const reservation = memoryReservation && parseSize(memoryReservation);
  const ofMemory = {
    ...(limit !== undefined && { limit }),
    ...(swap && { swap }),
    ...(reservation && { reservation }),
  };
  return {
    ...(Object.keys(ofMemory).length > 0 && { memory: ofMemory }),
    ...(cpus !== undefined && { cpu: { period: 100_000, quota: Math.round(cpus * 100_000) } }),
    ...(pids !== undefined && { pids: { limit: pids } }),
  };
}

function rlimitsOf(limits: { [name: string]: number }) {
  return Object.entries(limits).map(([name, value]) => ({
    type: `RLIMIT_${name.toUpperCase()}`,
    soft: value,
    hard: value,
  }));
}
