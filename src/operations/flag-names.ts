import { mount, tmpfs, volume } from './mount-values.ts';
import type { RunFlags } from './run-flags.ts';

/** The flags that mounts come from, in the order of the document. */
export const mountFlags = [
  { name: 'volume', parse: volume },
  { name: 'mount', parse: mount },
  { name: 'tmpfs', parse: tmpfs },
] as const;

/** What they say. */
export type MountFlags = Pick<RunFlags, (typeof mountFlags)[number]['name']>;

/** Which words of the command line said what stands at a path of the document. */
export function flagOf(path: string, said: MountFlags = {}): string {
  const [, index] = /^mounts\[(\d+)\]/.exec(path) ?? [];
  if (index !== undefined) {
    const names = mountFlags.flatMap(({ name }) => (said[name] ?? []).map(() => `--${name}`));
    return names[Number(index)] ?? '--volume, --mount, --tmpfs or --volumes-from';
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
  'network.networks[0].addresses': '--ip and --ip6',
  'network.networks[0].mac': '--mac-address',
  'network.networks': '--network',
  'network.aliases': '--network-alias',
  'network.hostname': '--hostname',
  'network.domainName': '--domainname',
  'network.dns.servers': '--dns',
  'network.dns.search': '--dns-search',
  'network.dns.options': '--dns-option',
  'network.hosts': '--add-host',
  'network.ports': '--publish',
  'network.publishAll': '--publish-all',
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
  'monitor.pidFile': '--pid-file',
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
