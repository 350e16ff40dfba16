import { documentOfValue, type SourceDocument } from '../document/source-document.ts';
import * as values from './command-line-values.ts';
import * as limits from './limit-values.ts';
import { mount, tmpfs, volume } from './mount-values.ts';
import { refuseConflicts } from './run-conflicts.ts';

/** What the command line of `sc run` says, by the names of its flags. */
export interface RunFlags {
  interactive: boolean;
  tty: boolean;
  rm: boolean;
  detach: boolean;
  name?: string | undefined;
  env?: string[] | undefined;
  workdir?: string | undefined;
  user?: string | undefined;
  'group-add'?: string[] | undefined;
  entrypoint?: string | undefined;
  umask?: string | undefined;
  hostname?: string | undefined;
  domainname?: string | undefined;
  dns?: string[] | undefined;
  'dns-search'?: string[] | undefined;
  'dns-option'?: string[] | undefined;
  'add-host'?: string[] | undefined;
  label?: string[] | undefined;
  volume?: string[] | undefined;
  mount?: string[] | undefined;
  tmpfs?: string[] | undefined;
  'read-only': boolean;
  memory?: string | undefined;
  'memory-swap'?: string | undefined;
  'memory-reservation'?: string | undefined;
  'shm-size'?: string | undefined;
  'oom-score-adj'?: string | undefined;
  'pids-limit'?: string | undefined;
  cpus?: string | undefined;
  'cpu-shares'?: string | undefined;
  'cpuset-cpus'?: string | undefined;
  'cpuset-mems'?: string | undefined;
  'blkio-weight'?: string | undefined;
  'blkio-weight-device'?: string[] | undefined;
  'device-read-bps'?: string[] | undefined;
  'device-write-bps'?: string[] | undefined;
  'device-read-iops'?: string[] | undefined;
  'device-write-iops'?: string[] | undefined;
  ulimit?: string[] | undefined;
  network?: string | undefined;
  publish?: string[] | undefined;
  'cap-add'?: string[] | undefined;
  'cap-drop'?: string[] | undefined;
  userns?: string | undefined;
  'security-opt'?: string[] | undefined;
  sysctl?: string[] | undefined;
  secret?: string[] | undefined;
  device?: string[] | undefined;
  'stop-signal'?: string | undefined;
  'stop-timeout'?: string | undefined;
  timeout?: string | undefined;
  restart?: string | undefined;
  'health-cmd'?: string | undefined;
  'health-interval'?: string | undefined;
  'health-timeout'?: string | undefined;
  'health-retries'?: string | undefined;
  'health-start-period'?: string | undefined;
  'health-start-interval'?: string | undefined;
  'no-healthcheck'?: boolean | undefined;
  'log-driver'?: string | undefined;
  'log-opt'?: string[] | undefined;
  'detach-keys'?: string | undefined;
  init?: boolean | undefined;
  record?: string | undefined;
}

/** What stands in the place of a file's name in the problems of a command line. */
export const commandLine = 'command line';

/**
 * The document that a file would hold for the same container, so that there is one way to check and to
 * compile. Throws SC_USAGE and InvalidFileError; the paths in its problems are the file's.
 */
export function runDocument(
  flags: RunFlags & { name: string },
  [image, ...args]: readonly string[],
  environment: { readonly [name: string]: string | undefined },
): SourceDocument {
  refuseConflicts(flags);
  const { entrypoint } = flags;
  return check({
    apiVersion: 'standard-container/v1',
    kind: flags.detach ? 'Container' : 'Job',
    metadata: { name: flags.name },
    labels: values.labels(flags.label ?? []),
    image,
    rootfs: { readOnly: flags['read-only'] || undefined },
    process: {
      entrypoint: entrypoint === undefined ? undefined : entrypoint === '' ? [] : [entrypoint],
      args: args.length === 0 ? undefined : args,
      cwd: flags.workdir,
      user: flags.user,
      additionalGroups: flags['group-add'],
      umask: flags.umask,
    },
    environment: values.variables(flags.env ?? [], environment),
    network: {
      mode: flags.network,
      hostname: flags.hostname,
      domainName: flags.domainname,
      dns: { servers: flags.dns, search: flags['dns-search'], options: flags['dns-option'] },
      hosts: convert(flags['add-host'], values.hosts),
      ports: flags.publish,
    },
    resources: {
      memory: convert(flags.memory, values.size),
      memorySwap: convert(flags['memory-swap'], values.sizeLimit),
      memoryReservation: convert(flags['memory-reservation'], values.size),
      shm: convert(flags['shm-size'], values.size),
      oomScoreAdjust: convert(flags['oom-score-adj'], limits.integer),
      cpuWeight: convert(flags['cpu-shares'], limits.cpuShares),
      cpuset: { cpus: flags['cpuset-cpus'], memoryNodes: flags['cpuset-mems'] },
      io: {
        weight: convert(flags['blkio-weight'], limits.blkioWeight),
        devices: limits.ioDevices(flags),
      },
      cpus: convert(flags.cpus, (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : text)),
      pids: convert(flags['pids-limit'], values.countLimit),
      rlimits: values.ulimits(flags.ulimit ?? []),
    },
    signals: {
      stopSignal: convert(flags['stop-signal'], (text) => text.toUpperCase()),
      stopTimeout: convert(flags['stop-timeout'], values.timeout),
    },
    monitor: {
      init: flags.init || undefined,
      restart: convert(flags.restart, values.restartPolicy),
      health: healthCheck(flags),
      timeout: convert(flags.timeout, values.duration),
    },
    logging: { driver: flags['log-driver'], ...limits.logOptions(flags['log-opt'] ?? []) },
    terminal: {
      tty: flags.tty || undefined,
      stdin: flags.interactive || undefined,
      detachKeys: flags['detach-keys'],
    },
    security: {
      capabilities: {
        add: flags['cap-add']?.map((name) => name.toUpperCase()),
        drop: flags['cap-drop']?.map((name) => name.toUpperCase()),
      },
      userNamespace: flags.userns,
      ...values.securityOptions(flags['security-opt'] ?? []),
      sysctls: values.sysctls(flags.sysctl ?? []),
      secrets: flags.secret?.map(values.secret),
      devices: flags.device?.map(values.device),
    },
    mounts: mountFlags.flatMap(({ name, parse }) => (flags[name] ?? []).map(parse)),
  });
}

/** The flags that mounts come from, in the order of the document. */
const mountFlags = [
  { name: 'volume', parse: volume },
  { name: 'mount', parse: mount },
  { name: 'tmpfs', parse: tmpfs },
] as const;

export type MountFlags = Pick<RunFlags, (typeof mountFlags)[number]['name']>;

/** Which words of the command line said what stands at a path of the document. */
export function flagOf(path: string, said: MountFlags = {}): string {
  const [, index] = /^mounts\[(\d+)\]/.exec(path) ?? [];
  if (index !== undefined) {
    const names = mountFlags.flatMap(({ name }) => (said[name] ?? []).map(() => `--${name}`));
    return names[Number(index)] ?? '--volume, --mount or --tmpfs';
  }
  return flagOfField(path);
}

function flagOfField(path: string): string {
  const said = Object.entries(flags).find(([start]) => path === start || path.startsWith(start));
  return said?.[1] ?? path;
}

/** The longer of two that begin alike comes first. */
const flags: { readonly [path: string]: string } = {
  'metadata.name': '--name',
  labels: '--label',
  image: 'IMAGE',
  'rootfs.readOnly': '--read-only',
  'process.args': 'ARG',
  'process.entrypoint': '--entrypoint',
  'process.cwd': '--workdir',
  'process.user': '--user',
  'process.additionalGroups': '--group-add',
  'process.umask': '--umask',
  process: 'ARG',
  environment: '--env',
  'network.mode': '--network',
  'network.hostname': '--hostname',
  'network.domainName': '--domainname',
  'network.dns.servers': '--dns',
  'network.dns.search': '--dns-search',
  'network.dns.options': '--dns-option',
  'network.hosts': '--add-host',
  'network.ports': '--publish',
  'resources.memorySwap': '--memory-swap',
  'resources.memoryReservation': '--memory-reservation',
  'resources.memory': '--memory',
  'resources.shm': '--shm-size',
  'resources.oomScoreAdjust': '--oom-score-adj',
  'resources.cpuWeight': '--cpu-shares',
  'resources.cpuset.cpus': '--cpuset-cpus',
  'resources.cpuset.memoryNodes': '--cpuset-mems',
  'resources.cpus': '--cpus',
  'resources.io.weight': '--blkio-weight',
  'resources.io': '--device-read-bps and its like',
  'resources.pids': '--pids-limit',
  'resources.rlimits': '--ulimit',
  'signals.stopSignal': '--stop-signal',
  'signals.stopTimeout': '--stop-timeout',
  'monitor.restart': '--restart',
  'monitor.init': '--init',
  'monitor.health.args': '--health-cmd',
  'monitor.health.interval': '--health-interval',
  'monitor.health.timeout': '--health-timeout',
  'monitor.health.startPeriod': '--health-start-period',
  'monitor.health.startInterval': '--health-start-interval',
  'monitor.health.retries': '--health-retries',
  'monitor.health': '--health-cmd',
  'monitor.timeout': '--timeout',
  'logging.driver': '--log-driver',
  logging: '--log-opt',
  'terminal.detachKeys': '--detach-keys',
  'terminal.tty': '--tty',
  'terminal.stdin': '--interactive',
  'security.capabilities.add': '--cap-add',
  'security.capabilities.drop': '--cap-drop',
  'security.capabilities': '--cap-add and --cap-drop',
  'security.userNamespace': '--userns',
  'security.sysctls': '--sysctl',
  'security.secrets': '--secret',
  'security.devices': '--device',
  security: '--security-opt',
};

const healthFlags = [
  'health-cmd',
  'health-interval',
  'health-timeout',
  'health-start-period',
  'health-start-interval',
  'health-retries',
] as const;

/** In the foreground nothing is checked anyway. */
function healthCheck(flags: RunFlags): object | undefined {
  if (flags['no-healthcheck']) return flags.detach ? { disable: true } : undefined;
  const command = flags['health-cmd'];
  if (!healthFlags.some((name) => flags[name] !== undefined)) return undefined;
  return {
    args: command === undefined ? undefined : ['/bin/sh', '-c', command],
    interval: convert(flags['health-interval'], values.duration),
    timeout: convert(flags['health-timeout'], values.duration),
    startPeriod: convert(flags['health-start-period'], values.duration),
    startInterval: convert(flags['health-start-interval'], values.duration),
    retries: convert(flags['health-retries'], limits.integer),
  };
}

/** Keys without a value are not there. */
function check(job: object): SourceDocument {
  return documentOfValue(JSON.parse(JSON.stringify(job)), commandLine);
}

function convert<Given, Value>(
  text: Given | undefined,
  conversion: (text: Given) => Value,
): Value | undefined {
  return text === undefined ? undefined : conversion(text);
}
