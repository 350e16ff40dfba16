import { capabilityMask, capabilityNames } from '../../linux/capabilities.ts';
import type { Limit } from '../../linux/rlimits.ts';
import type { ContainerSpec, IdRange } from '../../schema/container-spec.ts';
import type { DeviceNode } from '../native/render/devices.ts';
import { checkMapped } from '../native/render/drop.ts';
import type { HostView, RenderRequest } from '../native/render/input.ts';
import { hasOwnNetwork, hasSysOfKeeper } from '../native/render/network-namespace.ts';
import { settingsOf } from '../tool/settings.ts';
import { ENTRY_PROGRAM, ROOT } from '../tool/tool.ts';
import { type RuntimeHooks, renderHooks } from './hooks.ts';
import { type Resources, renderResources } from './resources.ts';
import { renderSeccomp, type Seccomp } from './seccomp.ts';

/** As much of a config.json of the OCI runtime specification, 1.0.2, as is used. */
interface RuntimeConfig {
  ociVersion: '1.0.2';
  root: { path: string; readonly: boolean };
  hostname: string;
  process: {
    terminal: boolean;
    consoleSize?: { height: number; width: number };
    user: { uid: number; gid: number; additionalGids: number[]; umask: number };
    args: string[];
    env: string[];
    cwd: string;
    capabilities: Record<'bounding' | 'effective' | 'permitted' | 'inheritable' | 'ambient', string[]>;
    rlimits: { type: string; soft: bigint; hard: bigint }[];
    noNewPrivileges: boolean;
    oomScoreAdj?: number;
  };
  hooks?: RuntimeHooks;
  mounts: { destination: string; type: string; source: string; options: string[] }[];
  linux: {
    namespaces: { type: string }[];
    uidMappings?: IdMapping[];
    gidMappings?: IdMapping[];
    cgroupsPath: string;
    resources: Resources;
    devices: {
      path: string;
      type: string;
      major: number;
      minor: number;
      fileMode: number;
      uid: number;
      gid: number;
    }[];
    sysctl: Record<string, string>;
    seccomp?: Seccomp;
    maskedPaths: string[];
    readonlyPaths: string[];
  };
}

interface IdMapping {
  containerID: number;
  hostID: number;
  size: number;
}

/** What the rendering depends on beside the container. */
export interface ConfigHost extends Pick<HostView, 'oomScore' | 'devices'> {
  rlimits: readonly (Limit & { name: string })[];
  /** From the root of each tree of control groups, such as `/sc/ID`. */
  cgroupsPath: string;
  resources: Parameters<typeof renderResources>[1];
  /** The container's groups in trees of v1, by the names of the trees; undefined where there is only v2. */
  groupsOfV1: readonly { name: string; path: string }[] | undefined;
  /** SCMP_ARCH_* of this machine. */
  architecture: string;
}

declare global {
  interface JSON {
    /** ECMAScript 2026, JSON.parse source text access. */
    rawJSON(text: string): unknown;
  }
}

const LOCKED = ['nosuid', 'nodev', 'noexec'];

/** Namespaces of its own; one of time is made by the keeper. */
export function namespacesOf(container: {
  network: Pick<ContainerSpec['network'], 'mode'>;
  security: Pick<ContainerSpec['security'], 'userNamespace'>;
}): string[] {
  return [
    ...['pid', 'ipc', 'uts', 'mount', 'cgroup'],
    ...(hasOwnNetwork(container) ? ['network'] : []),
    ...(container.security.userNamespace ? ['user'] : []),
  ];
}

/**
 * The container as a runtime of the OCI is told of it: its surroundings, and what its first process may do. That is
 * the stage, which executes the program with its own arguments, environment and working directory (tool/render/entry.ts).
 */
export function renderConfig(request: RenderRequest, host: ConfigHost): RuntimeConfig {
  const { container } = request;
  const { network, rootfs, security } = container;
  const { userNamespace: maps } = security;
  const seccomp = renderSeccomp(security, host.architecture);
  const hooks = renderHooks(container.hooks);
  return {
    ociVersion: '1.0.2',
    root: { path: ROOT, readonly: rootfs.readOnly },
    hostname: network.hostname,
    process: processOf(request, host),
    ...(hooks && { hooks }),
    mounts: [...kernelFilesystems(container), ...controlGroups(host.groupsOfV1)],
    linux: {
      // Without one of its own it is in that of the runtime, which is called in the network that is meant.
      namespaces: namespacesOf(container).map((type) => ({ type })),
      ...(maps && { uidMappings: maps.uids.map(mappingOf), gidMappings: maps.gids.map(mappingOf) }),
      cgroupsPath: host.cgroupsPath,
      resources: renderResources(container, host.resources),
      // A node that is made in a user namespace would open nothing: those are in the keeper's /dev.
      devices: maps ? [] : host.devices.map(deviceOf),
      sysctl: {
        ...settingsOf(request).ofTool,
        // The specification has a field of its own only since 1.1. Root of a user namespace may not write this one.
        ...(network.domainName !== undefined && !maps && { 'kernel.domainname': network.domainName }),
      },
      ...(seccomp && { seccomp }),
      maskedPaths: security.maskedPaths,
      readonlyPaths: security.readOnlyPaths,
    },
  };
}

/** Whole numbers of 64 bits are written as such. */
export function formatConfig(config: RuntimeConfig): string {
  const exact = (_: string, value: unknown): unknown =>
    typeof value === 'bigint' ? JSON.rawJSON(String(value)) : value;
  return `${JSON.stringify(config, exact, 2)}\n`;
}

function processOf(request: RenderRequest, host: ConfigHost): RuntimeConfig['process'] {
  const { container, identity, windowSize } = request;
  const { process, security, terminal } = container;
  const { uid, gid } = identity;
  const groups = [...new Set([gid, ...identity.groups])];
  if (security.userNamespace) checkMapped(security.userNamespace, uid, groups);
  const granted = capabilityNames(capabilityMask(security.capabilities));
  // Any other user has none in effect, and nobody hands any on.
  const held = uid === 0 ? granted : [];
  const { rows, columns } = windowSize ?? { rows: 24, columns: 80 };
  return {
    terminal: terminal.tty,
    ...(terminal.tty && { consoleSize: { height: rows, width: columns } }),
    user: { uid, gid, additionalGids: groups, umask: process.umask },
    args: [ENTRY_PROGRAM],
    env: request.environment,
    cwd: '/',
    capabilities: { bounding: granted, effective: held, permitted: held, inheritable: [], ambient: [] },
    rlimits: host.rlimits.map(({ name, soft, hard }) => ({
      type: `RLIMIT_${name.toUpperCase()}`,
      soft: BigInt.asUintN(64, BigInt(soft)),
      hard: BigInt.asUintN(64, BigInt(hard)),
    })),
    noNewPrivileges: security.noNewPrivileges,
    ...(host.oomScore !== undefined && { oomScoreAdj: host.oomScore }),
  };
}

/** With the flags that they have on native. What takes rights over the host stands in the root already, with its flags. */
function kernelFilesystems(container: ContainerSpec): RuntimeConfig['mounts'] {
  const mount = (destination: string, type: string, options: readonly string[], source = type) => ({
    destination,
    type,
    source,
    options: [...options],
  });
  const made = (destination: string) => mount(destination, 'bind', ['bind'], `${ROOT}${destination}`);
  const { shm } = container.resources;
  return [
    mount('/proc', 'proc', LOCKED),
    container.security.userNamespace
      ? made('/dev')
      : mount('/dev', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    mount('/dev/pts', 'devpts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5']),
    mount('/dev/shm', 'tmpfs', [...LOCKED, 'mode=1777', `size=${Math.ceil(shm / 1024)}k`], 'shm'),
    mount('/dev/mqueue', 'mqueue', LOCKED),
    hasSysOfKeeper(container) ? made('/sys') : mount('/sys', 'sysfs', [...LOCKED, 'ro']),
  ];
}

/**
 * Of v1 each group is bound by itself: what runtimes mount where they are asked for `cgroup` can be written to there,
 * in part or as a whole.
 */
function controlGroups(groups: ConfigHost['groupsOfV1']): RuntimeConfig['mounts'] {
  const place = '/sys/fs/cgroup';
  const options = [...LOCKED, 'ro'];
  if (groups === undefined) return [{ destination: place, type: 'cgroup', source: 'cgroup', options }];
  return [
    { destination: place, type: 'tmpfs', source: 'tmpfs', options: [...options, 'mode=755'] },
    ...groups.map(({ name, path }) => ({
      destination: `${place}/${name}`,
      type: 'bind',
      source: path,
      options: ['bind', 'private', ...options],
    })),
  ];
}

function mappingOf({ inside, host, size }: IdRange): IdMapping {
  return { containerID: inside, hostID: host, size };
}

function deviceOf({ name, type, major, minor, mode }: DeviceNode): RuntimeConfig['linux']['devices'][number] {
  return { path: `/dev/${name}`, type, major, minor, fileMode: mode, uid: 0, gid: 0 };
}
