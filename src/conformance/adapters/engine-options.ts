import { readFileSync } from 'node:fs';
import { parseSize } from '../../document/units.ts';

/** As much of a container as podman and docker can be told, in the form of the container file. */
export interface EngineContainer {
  image: string;
  rootfs?: { readOnly?: boolean };
  process?: { args?: string[]; cwd?: string; user?: string; additionalGroups?: string[]; umask?: string };
  environment?: { [name: string]: string | null };
  terminal?: { stdin?: boolean };
  network?: { hostname?: string; mode?: string };
  namespaces?: { [name: string]: 'private' | 'host' };
  mounts?: {
    bind?: string;
    target: string;
    readOnly?: boolean;
    exec?: boolean;
    size?: string;
    mode?: string;
  }[];
  signals?: { stopSignal?: string | number; stopTimeout?: string };
  monitor?: { init?: boolean; restart?: { policy?: string; maxRetries?: number } };
  resources?: { [name: string]: unknown };
  security?: {
    capabilities?: { add?: string[]; drop?: string[] };
    seccomp?: string;
    noNewPrivileges?: boolean;
    maskedPaths?: { add?: string[]; drop?: string[] };
    sysctls?: { [name: string]: string };
    devices?: { path: string; source?: string; access?: string }[];
  };
}

/** The fields of it, as an adapter declares them. */
export function engineFields(isPodman: boolean): string[] {
  return [
    'image=^(/|(?!host$)[^:]*(:[^:/]+)?$)',
    'rootfs.readOnly',
    ...['args', 'cwd', 'user', 'additionalGroups'].map((name) => `process.${name}`),
    ...(isPodman ? ['process.umask', 'environment'] : ['environment=^(?!null$)']),
    'terminal.stdin',
    ...['network.hostname', 'network.mode=^(none|host)$'],
    ...['pid', 'ipc', 'uts', 'cgroup', 'network=^(private|host)$'].map((name) => `namespaces.${name}`),
    ...['bind=^/', 'tmpfs', 'target', 'readOnly', 'exec', 'size', 'mode'].map((name) => `mounts[].${name}`),
    ...['signals.stopSignal', 'signals.stopTimeout=^[0-9]+s$'],
    ...['monitor.init', 'monitor.restart.policy', 'monitor.restart.maxRetries'],
    ...['memory', 'memorySwap', 'memoryReservation', 'shm', 'cpus', 'cpuset', 'oomScoreAdjust'].map(
      (name) => `resources.${name}`,
    ),
    ...['resources.pids=^[0-9]+$', 'resources.rlimits=^[0-9]+$'],
    ...['capabilities', 'seccomp=^(default|unconfined)$', 'noNewPrivileges', 'sysctls'].map(
      (name) => `security.${name}`,
    ),
    ...['path', 'source', 'access'].map((name) => `security.devices[].${name}`),
    ...(isPodman ? ['security.maskedPaths'] : []),
  ];
}

/** What could be said to it, and what it does not have; `help` is what it says of its `stop`. */
export function engineLacks(isPodman: boolean, help: string): string[] {
  return [
    ...['copy.owner', 'wait.condition', 'exec.environment=^null$'],
    ...(help.includes('--signal') ? [] : ['stop.signal', 'restart.signal']),
    // docker waits forever with a timeout of -1, and podman knows none.
    ...(isPodman ? ['stop.timeout=^-', 'restart.timeout=^-'] : ['copy.between']),
  ];
}

/** Options of `run`. */
export function optionsOf(
  {
    rootfs = {},
    process = {},
    environment = {},
    terminal = {},
    network = {},
    namespaces = {},
    mounts = [],
    signals = {},
    monitor = {},
    resources = {},
    security = {},
  }: EngineContainer,
  isPodman: boolean,
): string[] {
  const { policy, maxRetries } = monitor.restart ?? {};
  const { capabilities = {}, maskedPaths = {}, sysctls = {}, devices = [] } = security;
  const mode = network.mode ?? (namespaces.network === 'host' ? 'host' : 'none');
  return [
    ...(rootfs.readOnly === true ? ['--read-only', ...(isPodman ? ['--read-only-tmpfs=false'] : [])] : []),
    ...option('--workdir', process.cwd),
    ...option('--user', process.user),
    ...(process.additionalGroups ?? []).flatMap((group) => ['--group-add', group]),
    ...option('--umask', process.umask),
    ...Object.entries(environment).flatMap(([name, value]) =>
      value === null ? ['--unsetenv', name] : ['--env', `${name}=${value}`],
    ),
    ...(terminal.stdin === true ? ['--interactive'] : []),
    ...option('--hostname', network.hostname),
    ...['--network', mode],
    ...['pid', 'ipc', 'uts'].flatMap((name) => (namespaces[name] === 'host' ? [`--${name}`, 'host'] : [])),
    ...['--cgroupns', namespaces.cgroup ?? 'private'],
    ...mounts.flatMap((mount) => mountOption(mount, isPodman)),
    ...option('--stop-signal', signals.stopSignal),
    ...option('--stop-timeout', signals.stopTimeout?.replace(/s$/, '')),
    ...(monitor.init === true ? ['--init'] : []),
    ...(policy === undefined ? [] : ['--restart', policyWords(policy, maxRetries)]),
    ...updateOptionsOf(resources),
    ...option('--shm-size', sizeOf(resources.shm)),
    ...option('--oom-score-adj', resources.oomScoreAdjust),
    ...ulimits((resources.rlimits ?? {}) as Rlimits, isPodman),
    ...(capabilities.add ?? []).flatMap((name) => ['--cap-add', name]),
    ...(capabilities.drop ?? []).flatMap((name) => ['--cap-drop', name]),
    ...(security.seccomp === 'unconfined' ? ['--security-opt', 'seccomp=unconfined'] : []),
    ...(security.noNewPrivileges === true ? ['--security-opt', 'no-new-privileges'] : []),
    ...(maskedPaths.add ? ['--security-opt', `mask=${maskedPaths.add.join(':')}`] : []),
    ...(maskedPaths.drop ? ['--security-opt', `unmask=${maskedPaths.drop.join(':')}`] : []),
    ...Object.entries(sysctls).flatMap(([name, value]) => ['--sysctl', `${name}=${value}`]),
    ...devices.flatMap(({ path, source = path, access = 'rw' }) => [
      '--device',
      `${source}:${path}:${access}`,
    ]),
  ];
}

/** Options of `run` and of `update`. */
export function updateOptionsOf(resources: { [name: string]: unknown }): string[] {
  const { memory, memorySwap, memoryReservation, cpus, pids, cpuset = {} } = resources;
  const sets = cpuset as { cpus?: string; memoryNodes?: string };
  return [
    ...option('--memory', sizeOf(memory)),
    ...option('--memory-swap', sizeOf(memorySwap)),
    ...option('--memory-reservation', sizeOf(memoryReservation)),
    ...option('--cpus', cpus),
    ...option('--pids-limit', pids),
    ...option('--cpuset-cpus', sets.cpus),
    ...option('--cpuset-mems', sets.memoryNodes),
  ];
}

function option(name: string, value: unknown): string[] {
  return value === undefined ? [] : [name, String(value)];
}

/** Bytes. */
function sizeOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? parseSize(value) : Number(value);
}

/** podman fills a tmpfs with what the image has there, unless it is told not to. */
function mountOption(
  { bind, target, readOnly, exec, size, mode }: NonNullable<EngineContainer['mounts']>[number],
  isPodman: boolean,
): string[] {
  if (bind !== undefined)
    return ['--mount', `type=bind,source=${bind},target=${target}${readOnly === true ? ',readonly' : ''}`];
  const options = [
    ...(readOnly === true ? ['ro'] : ['rw']),
    ...(exec === undefined ? [] : [exec ? 'exec' : 'noexec']),
    ...(size === undefined ? [] : [`size=${sizeOf(size)}`]),
    ...(mode === undefined ? [] : [`mode=${mode}`]),
    ...(isPodman ? ['notmpcopyup'] : []),
  ];
  return ['--tmpfs', `${target}:${options.join(',')}`];
}

function policyWords(policy: string, maxRetries: number | undefined): string {
  if (policy === 'never') return 'no';
  return maxRetries === undefined ? policy : `${policy}:${maxRetries}`;
}

type Rlimits = { [name: string]: number | { soft: number; hard: number } };

/** podman wants to raise these two, which not every host lets it do: without a word they stay as they are. */
function ulimits(limits: Rlimits, isPodman: boolean): string[] {
  const all = { ...(isPodman && hostLimits()), ...limits };
  return Object.entries(all).flatMap(([name, value]) => {
    const { soft, hard } = typeof value === 'number' ? { soft: value, hard: value } : value;
    return ['--ulimit', `${name}=${soft}:${hard}`];
  });
}

function hostLimits(): Rlimits {
  const text = readFileSync('/proc/self/limits', 'utf8');
  const found = { nofile: 'open files', nproc: 'processes' };
  return Object.fromEntries(
    Object.entries(found).map(([name, words]) => {
      const [, soft = '', hard = ''] = new RegExp(`^Max ${words} +(\\S+) +(\\S+)`, 'm').exec(text) ?? [];
      const amount = (word: string) => (word === 'unlimited' ? -1 : Number(word));
      return [name, { soft: amount(soft), hard: amount(hard) }];
    }),
  );
}
