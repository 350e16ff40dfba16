import { documentOfValue, type SourceDocument } from '../document/source-document.ts';
import { DEFAULT_NETWORK } from '../network/new-network.ts';
import { normalTarget } from '../plan/image-volumes.ts';
import type { Mount } from '../schema/container-file.ts';
import * as values from './command-line-values.ts';
import { mountFlags } from './flag-names.ts';
import * as limits from './limit-values.ts';
import { refuseConflicts } from './run-conflicts.ts';
import type { RunFlags } from './run-flags.ts';
import * as security from './security-values.ts';

/** What stands in the place of a file's name in the problems of a command line. */
export const commandLine = 'command line';

/**
 * The document that a file would hold for the same container, so that there is one way to check and to
 * compile. Mounts that are inherited come behind its own. Throws SC_USAGE and InvalidFileError; the paths in its problems
 * are the file's.
 */
export function runDocument(
  flags: RunFlags & { name: string },
  [image, ...args]: readonly string[],
  environment: { readonly [name: string]: string | undefined },
  inherited: readonly Mount[] = [],
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
      ...networksOf(flags),
      aliases: flags['network-alias'],
      hostname: flags.hostname,
      domainName: flags.domainname,
      dns: { servers: flags.dns, search: flags['dns-search'], options: flags['dns-option'] },
      hosts: convert(flags['add-host'], values.hosts),
      ports: flags.publish,
      publishAll: flags['publish-all'] || undefined,
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
      pidFile: convert(flags['pid-file'], values.hostPath),
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
      ...security.securityOptions(flags['security-opt'] ?? []),
      sysctls: security.sysctls(flags.sysctl ?? []),
      secrets: flags.secret?.map(security.secret),
      devices: flags.device?.map(security.device),
    },
    mounts: mountsOf(flags, inherited),
  });
}

/** One network is the mode, if no more is said of it. */
function networksOf({ network = [], ip, ip6, 'mac-address': mac }: RunFlags): object {
  const addresses = [ip, ip6].filter((address) => address !== undefined);
  const isPlain = network.length < 2 && addresses.length === 0 && mac === undefined;
  if (isPlain) return { mode: network[0] };
  const [first = DEFAULT_NETWORK, ...others] = network;
  return { networks: [{ name: first, addresses, mac }, ...others.map((name) => ({ name }))] };
}

/** What the command line mounts itself stands in the place of what would be inherited. */
function mountsOf(flags: RunFlags, inherited: readonly Mount[]): Mount[] {
  const own = mountFlags.flatMap(({ name, parse }) => (flags[name] ?? []).map(parse));
  const taken = new Set(own.map(({ target }) => normalTarget(target)));
  return [...own, ...inherited.filter(({ target }) => !taken.has(target))];
}

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
