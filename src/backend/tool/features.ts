import { all, type DeclaredFields, each, fieldsOfNetworks, fieldsOfSc } from '../features.ts';

/**
 * What the keeper for tools does by itself, beside sc: it mounts all that is in the root filesystem, watches the
 * container, and starts its program.
 */
export const fieldsOfKeeper = {
  ...fieldsOfSc,
  ...fieldsOfNetworks,
  ...each(all(), 'process.args', 'process.entrypoint', 'process.cwd', 'process.umask', 'environment'),
  ...each(
    all(),
    'rootfs.readOnly',
    'rootfs.writablePaths',
    'network.dns.servers',
    'network.dns.search',
    'network.dns.options',
    'network.hosts',
  ),
  ...each(all('Linux 5.6'), 'namespaces.timeOffsets.monotonic', 'namespaces.timeOffsets.boottime'),
  ...each(all(), 'monitor.init', 'monitor.timeout', 'monitor.pidFile', 'terminal.stdin'),
  ...each(
    all(),
    'security.secrets[].name',
    'security.secrets[].source',
    'security.secrets[].target',
    'security.secrets[].mode',
  ),
  ...each(
    all(),
    'mounts[].bind',
    'mounts[].tmpfs',
    'mounts[].target',
    'mounts[].readOnly',
    'mounts[].exec',
    'mounts[].ifMissing',
    'mounts[].subpath',
    'mounts[].size',
    'mounts[].inodes',
    'mounts[].mode',
  ),
  ...each(
    all('Linux 5.12'),
    'mounts[].owner',
    'mounts[].idmap.uids[].inside',
    'mounts[].idmap.uids[].host',
    'mounts[].idmap.uids[].size',
    'mounts[].idmap.gids[].inside',
    'mounts[].idmap.gids[].host',
    'mounts[].idmap.gids[].size',
  ),
} satisfies Partial<DeclaredFields>;
