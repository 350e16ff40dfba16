import { all, each, some } from 'standard-container/backend';

/**
 * What a container file may say. Whatever is not here is refused by its name in the file.
 *
 * @type {import('standard-container/backend').BackendFields}
 */
export const fields = {
  ...each(
    all(),
    'apiVersion',
    'metadata.name',
    'labels',
    'process.args',
    'process.entrypoint',
    'process.umask',
    'environment',
    'network.hostname',
    'signals.stopSignal',
    'signals.stopTimeout',
    'terminal.stdin',
    'security.capabilities.add',
    'security.capabilities.drop',
    'security.noNewPrivileges',
  ),
  kind: some(['Job'], 'nothing outlives who started it'),
  image: some([], 'only directories are known', { beginnings: ['/', './', '../'] }),
  'process.cwd': some(['/'], 'chroot(8) begins there'),
  'process.user': some(['0'], 'the program stays root'),
  'terminal.tty': some([false], 'there is no terminal'),
  'network.mode': some(['none'], 'there are no networks'),
  ...each(
    some(['private'], 'each container has one of its own'),
    'namespaces.pid',
    'namespaces.mount',
    'namespaces.uts',
    'namespaces.ipc',
    'namespaces.network',
    'namespaces.cgroup',
  ),
  'security.userNamespace': some(['auto', 'host'], 'root is root'),
  // There is neither /proc nor /sys in it, so that nothing of what is hidden by default is there.
  ...each(
    some([], 'nothing is mounted over others'),
    'security.maskedPaths.add',
    'security.readOnlyPaths.add',
  ),
  // These are on by default. Who wants this backend has to say that they are not wanted.
  'security.seccomp': some(['unconfined'], 'there is no filter', { unsupportedDefault: 'default' }),
  'resources.pids': some(['unlimited'], 'there are no control groups', { unsupportedDefault: 2048 }),
};
