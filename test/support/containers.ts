import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  Backend,
  ContainerHandle,
  ExecuteRequest,
  Executing,
  LaunchRequest,
} from '../../src/backend/backend.ts';
import { defaultCapabilities } from '../../src/linux/capabilities.ts';
import { defaultMaskedPaths, defaultReadOnlyPaths } from '../../src/linux/masks.ts';
import { processReference } from '../../src/linux/process.ts';
import { etcFiles } from '../../src/operations/etc-files.ts';
import type { ContainerSpec } from '../../src/schema/container-spec.ts';
import type { ExitStatus } from '../../src/schema/container-state.ts';

const applets =
  'sh ls cat true false id mount ps hostname pwd grep sleep echo env stat head touch wc readlink tty stty dd rm mkdir kill ulimit trap umask test od ln cp dmesg mknod chmod find ip nproc sysctl seq tr cut'.split(
    ' ',
  );

/** A directory with a root filesystem of busybox in `rootfs`, and a place for what tests write. */
export function makeWorkshop(): { directory: string; rootfs: string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
  const rootfs = join(directory, 'rootfs');
  for (const name of ['bin', 'etc', 'tmp', 'root']) mkdirSync(join(rootfs, name), { recursive: true });
  copyFileSync('/bin/busybox', join(rootfs, 'bin/busybox'));
  for (const applet of applets) symlinkSync('busybox', join(rootfs, 'bin', applet));
  writeFileSync(
    join(rootfs, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n',
  );
  writeFileSync(join(rootfs, 'etc/group'), 'root:x:0:\nuser:x:1000:\naudio:x:29:user\n');
  chmodSync(join(rootfs, 'tmp'), 0o1777);
  return { directory, rootfs, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

type Changes = {
  [Key in keyof ContainerSpec]?: ContainerSpec[Key] extends readonly unknown[]
    ? ContainerSpec[Key]
    : { [Inner in keyof ContainerSpec[Key]]?: ContainerSpec[Key][Inner] | undefined };
};

/** A container with every default; `changes` are merged into its headings. */
export function spec(args: string[], changes: Changes = {}): ContainerSpec {
  const base: ContainerSpec = {
    id: randomBytes(32).toString('hex'),
    name: 'test',
    kind: 'Job',
    labels: {},
    image: { kind: 'directory', path: '/' },
    rootfs: { readOnly: false },
    process: { args, cwd: '/', user: 'root', additionalGroups: [], umask: 0o022 },
    environment: {},
    network: {
      mode: 'none',
      hostname: 'test',
      dns: { servers: [], search: [], options: [] },
      hosts: {},
    },
    resources: { shm: 64 * 1024 * 1024, pids: 2048, rlimits: [] },
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
  };
  for (const [heading, change] of Object.entries(changes)) {
    const key = heading as keyof ContainerSpec;
    const old = base[key];
    const merged =
      typeof old === 'object' && !Array.isArray(old) ? { ...old, ...(change as object) } : change;
    Object.assign(base, { [key]: merged });
  }
  return base;
}

export interface Outcome {
  exit: ExitStatus;
  stdout: string;
  stderr: string;
}

export interface Running {
  container: ContainerSpec;
  handle: ContainerHandle;
  /** What it has written until now. */
  stdout: () => string;
  outcome: () => Promise<Outcome>;
}

/** Starts a container on the workshop's root filesystem, its output in files. */
export async function start(
  backend: Backend,
  workshop: { directory: string; rootfs: string },
  container: ContainerSpec,
  request: Partial<LaunchRequest> = {},
): Promise<Running> {
  const scratch = mkdtempSync(join(workshop.directory, 'run-'));
  for (const name of ['upper', 'work']) mkdirSync(join(scratch, name));
  const [stdin, stdout, stderr] = [
    openSync('/dev/null', 'r'),
    openSync(join(scratch, 'stdout'), 'w'),
    openSync(join(scratch, 'stderr'), 'w'),
  ];
  const read = (name: string) => readFileSync(join(scratch, name), 'utf8');
  try {
    const handle = await backend.launch({
      container,
      rootfs: {
        mounts: [
          {
            type: 'overlay',
            target: '/',
            lower: [workshop.rootfs],
            upper: join(scratch, 'upper'),
            work: join(scratch, 'work'),
          },
        ],
      },
      identity: { uid: 0, gid: 0, groups: [], home: '/root' },
      environment: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root'],
      etc: request.etc ?? etcFiles(container),
      stdio: { stdin, stdout, stderr },
      ...request,
    });
    const outcome = async () => ({
      exit: await handle.wait(),
      stdout: read('stdout'),
      stderr: read('stderr'),
    });
    return { container, handle, stdout: () => read('stdout'), outcome };
  } finally {
    for (const fd of [stdin, stdout, stderr]) closeSync(fd);
  }
}

export interface Entered {
  handle: ContainerHandle;
  outcome: () => Promise<Outcome>;
}

/** Executes a program in a container that runs, its output in files. */
export async function enter(
  backend: Executing,
  workshop: { directory: string },
  { container, handle }: Pick<Running, 'container' | 'handle'>,
  args: string[],
  changes: Pick<Changes, 'process' | 'terminal'> = {},
  request: Partial<ExecuteRequest> = {},
): Promise<Entered> {
  const scratch = mkdtempSync(join(workshop.directory, 'exec-'));
  const [stdin, stdout, stderr] = [
    openSync('/dev/null', 'r'),
    openSync(join(scratch, 'stdout'), 'w'),
    openSync(join(scratch, 'stderr'), 'w'),
  ];
  const read = (name: string) => readFileSync(join(scratch, name), 'utf8');
  try {
    const program = await backend.execute({
      container: {
        ...container,
        process: { ...container.process, ...changes.process, args } as ContainerSpec['process'],
        terminal: { ...container.terminal, ...changes.terminal } as ContainerSpec['terminal'],
      },
      init: request.init ?? processReference(handle.pid),
      identity: { uid: 0, gid: 0, groups: [], home: '/root' },
      environment: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root'],
      stdio: { stdin, stdout, stderr },
      ...request,
    });
    return {
      handle: program,
      outcome: async () => ({
        exit: await program.wait(),
        stdout: read('stdout'),
        stderr: read('stderr'),
      }),
    };
  } finally {
    for (const fd of [stdin, stdout, stderr]) closeSync(fd);
  }
}
