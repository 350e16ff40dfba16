import type { LaunchRequest } from '../../src/backend/backend.ts';
import { defaultCapabilities } from '../../src/linux/capabilities.ts';
import { defaultMaskedPaths, defaultReadOnlyPaths } from '../../src/linux/masks.ts';
import { etcFiles } from '../../src/operations/etc-files.ts';

/** Bytes. */
export const memoryLimit = 64 * 1024 * 1024;
export const pidsLimit = 2048;
export const hostname = 'bench';

const network = {
  mode: 'none' as const,
  hostname,
  dns: { servers: [], search: [], options: [] },
  hosts: {},
};

/** What every party starts, as far as it can: `/true` of this root filesystem with the default profile. */
export function benchContainer(rootfs: string): Omit<LaunchRequest, 'stdio'> {
  return {
    container: {
      id: 'b'.repeat(64),
      name: 'bench',
      kind: 'Job',
      labels: {},
      image: { kind: 'directory', path: rootfs },
      rootfs: { readOnly: false },
      process: { args: ['/true'], cwd: '/', user: 'root', additionalGroups: [], umask: 0o022 },
      environment: {},
      network,
      resources: { memory: memoryLimit, shm: 64 * 1024 * 1024, pids: pidsLimit, rlimits: [] },
      monitor: {
        init: false,
        restart: { policy: 'never', delay: 100, maxDelay: 60_000, resetAfter: 10_000 },
      },
      logging: { driver: 'none', maxSize: 20 * 1024 * 1024, maxFiles: 5, order: 'streams' },
      signals: { stopSignal: 15, stopTimeout: 10_000 },
      terminal: { tty: false, stdin: false, detachKeys: 'ctrl-p,ctrl-q', rows: 24, columns: 80 },
      security: {
        capabilities: [...defaultCapabilities],
        noNewPrivileges: true,
        seccomp: 'default',
        maskedPaths: [...defaultMaskedPaths],
        readOnlyPaths: [...defaultReadOnlyPaths],
        sysctls: {},
        secrets: [],
        devices: [],
      },
      mounts: [],
      removeOnExit: true,
    },
    rootfs: { mounts: [{ type: 'bind', target: '/', source: rootfs, readOnly: false }] },
    identity: { uid: 0, gid: 0, groups: [], home: '/root' },
    environment: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root'],
    etc: etcFiles({ network }),
  };
}
