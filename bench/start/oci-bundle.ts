import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultProfile } from '../../src/linux/seccomp/default-profile.ts';
import { selectRules } from '../../src/linux/seccomp/profile.ts';
import { benchContainer, hostname, memoryLimit, pidsLimit } from './container.ts';
import type { Workshop } from './workshop.ts';

const none = ['nosuid', 'noexec', 'nodev'];

type Configuration = ReturnType<typeof configuration>;

/** The same container as a bundle of the OCI runtime specification; answers its directory. */
export function makeBundle(
  { directory, rootfs }: Workshop,
  cgroupsPath: string,
  change: (configuration: Configuration) => object = (unchanged) => unchanged,
): string {
  const bundle = join(directory, `bundle${cgroupsPath.replaceAll('/', '-')}`);
  mkdirSync(bundle);
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(change(configuration(rootfs, cgroupsPath))));
  return bundle;
}

function configuration(rootfs: string, cgroupsPath: string) {
  const { container, environment } = benchContainer(rootfs);
  const { capabilities, maskedPaths, readOnlyPaths } = container.security;
  return {
    ociVersion: '1.0.2',
    hostname,
    root: { path: rootfs },
    process: {
      args: ['/true'],
      cwd: '/',
      env: environment,
      user: { uid: 0, gid: 0 },
      noNewPrivileges: true,
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc', options: none },
      {
        destination: '/dev',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
      },
      {
        destination: '/dev/pts',
        type: 'devpts',
        source: 'devpts',
        options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
      },
      {
        destination: '/dev/shm',
        type: 'tmpfs',
        source: 'shm',
        options: [...none, 'mode=1777', 'size=65536k'],
      },
      { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: none },
      { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...none, 'ro'] },
      { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [...none, 'ro'] },
    ],
    linux: {
      cgroupsPath,
      namespaces: ['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup'].map((type) => ({ type })),
      resources: { memory: { limit: memoryLimit, swap: 2 * memoryLimit }, pids: { limit: pidsLimit } },
      maskedPaths,
      readonlyPaths: readOnlyPaths,
      seccomp: seccomp(capabilities),
    },
  };
}

function seccomp(capabilities: readonly string[]): object {
  const architecture = process.arch === 'arm64' ? 'SCMP_ARCH_AARCH64' : 'SCMP_ARCH_X86_64';
  const { subArchitectures = [] } =
    defaultProfile.archMap.find((entry) => entry.architecture === architecture) ?? {};
  return {
    defaultAction: defaultProfile.defaultAction,
    defaultErrnoRet: defaultProfile.defaultErrnoRet,
    architectures: [architecture, ...subArchitectures],
    syscalls: selectRules(defaultProfile, capabilities).map(({ args, ...rule }) => ({
      ...rule,
      ...(args && { args: args.map(({ index, op, value, valueTwo }) => ({ index, op, value, valueTwo })) }),
    })),
  };
}
