/** Where a key of other tools, or of another place in the file, has its place here. */
const places: Readonly<Record<string, string>> = {
  name: 'metadata.name',
  command: 'process.args',
  cmd: 'process.args',
  args: 'process.args',
  entrypoint: 'process.entrypoint',
  cwd: 'process.cwd',
  workdir: 'process.cwd',
  workingDir: 'process.cwd',
  working_dir: 'process.cwd',
  user: 'process.user',
  umask: 'process.umask',
  env: 'environment',
  variables: 'environment',
  readOnly: 'rootfs.readOnly',
  read_only: 'rootfs.readOnly',
  hostname: 'network.hostname',
  ports: 'network.ports',
  dns: 'network.dns',
  hosts: 'network.hosts',
  extra_hosts: 'network.hosts',
  networks: 'network.networks',
  network_mode: 'network.mode',
  pid: 'namespaces.pid',
  ipc: 'namespaces.ipc',
  memory: 'resources.memory',
  mem_limit: 'resources.memory',
  cpus: 'resources.cpus',
  pids: 'resources.pids',
  pids_limit: 'resources.pids',
  shm_size: 'resources.shm',
  rlimits: 'resources.rlimits',
  ulimits: 'resources.rlimits',
  limits: 'resources',
  init: 'monitor.init',
  restart: 'monitor.restart',
  healthcheck: 'monitor.health',
  health: 'monitor.health',
  timeout: 'monitor.timeout',
  stopSignal: 'signals.stopSignal',
  stop_signal: 'signals.stopSignal',
  stopTimeout: 'signals.stopTimeout',
  stop_grace_period: 'signals.stopTimeout',
  tty: 'terminal.tty',
  stdin: 'terminal.stdin',
  stdin_open: 'terminal.stdin',
  capabilities: 'security.capabilities',
  cap_add: 'security.capabilities.add',
  cap_drop: 'security.capabilities.drop',
  devices: 'security.devices',
  sysctls: 'security.sysctls',
  secrets: 'security.secrets',
  noNewPrivileges: 'security.noNewPrivileges',
  seccomp: 'security.seccomp',
  volumes: 'mounts',
  tmpfs: 'mounts',
  depends_on: 'dependsOn',
};

/** Keys of a mount, by the names that other tools give them. */
const ofMounts: Readonly<Record<string, string>> = {
  source: 'bind',
  src: 'bind',
  destination: 'target',
  dst: 'target',
  path: 'target',
  mountPath: 'target',
  ro: 'readOnly',
};

/** A container's own keys, which a job of steps has in the runs among them. */
const ofContainers =
  'image rootfs process environment network namespaces resources monitor logging signals terminal security mounts expect';

/** The path that an unknown key at `path`, beside which `known` ones may stand, probably means. */
export function placeOfForeignKey(key: string, path: string, known: readonly string[]): string | undefined {
  const table = /^(steps\[\d+\]\.run)?$/.test(path)
    ? places
    : /(^|\.)mounts\[\d+\]$/.test(path)
      ? ofMounts
      : {};
  const place = Object.hasOwn(table, key) ? table[key] : undefined;
  const [first = key] = place?.split('.') ?? [];
  if (place !== undefined && known.includes(first)) return place;
  const isOfRun = known.includes('steps') && ofContainers.split(' ').includes(first);
  return isOfRun ? `steps[].run.${place ?? key}` : undefined;
}
