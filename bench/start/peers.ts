import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readHostCgroups } from '../../src/linux/cgroup/hierarchy.ts';
import { versionOf } from '../host.ts';
import { type Party, type ResidentCommand, residentParty } from '../party.ts';
import { benchContainer, hostname, memoryLimit, pidsLimit } from './container.ts';
import { makeBundle } from './oci-bundle.ts';
import { cgroupPrefix, type Workshop } from './workshop.ts';

/**
 * Other runners that start the same container, those that are installed. Those of another `slot` can start
 * theirs at the same time.
 */
export function peers(workshop: Workshop, slot = ''): Party[] {
  return [runc(workshop, slot), crun(workshop, slot), lxc(workshop, slot), bubblewrap(workshop)].filter(
    (party) => party !== undefined,
  );
}

export function runc(workshop: Workshop, slot = ''): Party | undefined {
  if (versionOf('runc') === undefined) return undefined;
  const bundle = makeBundle(workshop, `/${cgroupPrefix}-runc/container${slot}`);
  const state = join(workshop.directory, 'runc');
  return timed(workshop, {
    name: 'runc run',
    note: 'the same container as a bundle, system call filter included',
    argv: ['runc', '--root', state, 'run', '--bundle', bundle, '@'],
  });
}

function crun(workshop: Workshop, slot: string): Party | undefined {
  const bundle = makeBundle(workshop, `/${cgroupPrefix}-crun/container${slot}`);
  return crunParty(workshop, 'crun run', bundle, []);
}

/**
 * crun 1.8 refuses a host that has both versions of control groups, so that there the tree of v2 is taken
 * out of its sight: in a mount namespace that it shares with the program that measures it.
 */
export function crunParty(
  workshop: Workshop,
  name: string,
  bundle: string,
  flags: readonly string[],
): Party | undefined {
  if (versionOf('crun') === undefined) return undefined;
  const state = join(workshop.directory, 'crun');
  const argv: [string, ...string[]] = ['crun', '--root', state, ...flags, 'run', '--bundle', bundle, '@'];
  const { mode, hierarchies } = readHostCgroups();
  const unified = hierarchies.find(({ version }) => version === 2)?.path;
  const note = 'the same container as a bundle';
  // Where the tree was it makes directories, which would stay below the mount of v2.
  const script = 'umount "$0" && mount -t tmpfs sc-bench "$0" && exec "$@"';
  if (mode !== 'hybrid' || unified === undefined) return timed(workshop, { name, note, argv });
  return residentParty({
    name,
    note: `${note}; without the control groups of version 2, which it refuses beside those of version 1`,
    argv: ['unshare', '--mount', 'sh', '-c', script, unified, workshop.spawn, ...argv],
  });
}

export function lxc(workshop: Workshop, slot = ''): Party | undefined {
  if (versionOf('lxc-execute') === undefined) return undefined;
  const { directory, rootfs } = workshop;
  const { capabilities } = benchContainer(rootfs).container.security;
  const isV2 = readHostCgroups().mode === 'v2';
  const [file, state] = [join(directory, `lxc${slot}.conf`), join(directory, `lxc${slot}`)];
  mkdirSync(state);
  const lines = [
    `lxc.rootfs.path = dir:${rootfs}`,
    `lxc.uts.name = ${hostname}`,
    'lxc.net.0.type = empty',
    'lxc.apparmor.profile = unconfined',
    'lxc.no_new_privs = 1',
    'lxc.autodev = 1',
    'lxc.pty.max = 1024',
    'lxc.mount.auto = proc:mixed sys:ro cgroup:ro',
    'lxc.mount.entry = shm dev/shm tmpfs nosuid,nodev,noexec,create=dir,mode=1777,size=65536k 0 0',
    'lxc.mount.entry = mqueue dev/mqueue mqueue nosuid,nodev,noexec,create=dir 0 0',
    `lxc.cap.keep = ${capabilities.map((name) => name.slice('CAP_'.length).toLowerCase()).join(' ')}`,
    `lxc.cgroup.dir = ${cgroupPrefix}-lxc`,
    ...(isV2
      ? [`lxc.cgroup2.memory.max = ${memoryLimit}`, `lxc.cgroup2.pids.max = ${pidsLimit}`]
      : [`lxc.cgroup.memory.limit_in_bytes = ${memoryLimit}`, `lxc.cgroup.pids.max = ${pidsLimit}`]),
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return timed(workshop, {
    name: 'lxc-execute',
    note: 'without system call filter; its own init is process 1',
    argv: ['lxc-execute', '--lxcpath', state, '--name', '@', '--rcfile', file, '--', '/true'],
  });
}

function bubblewrap(workshop: Workshop): Party | undefined {
  if (versionOf('bwrap') === undefined) return undefined;
  const mounts = ['--bind', workshop.rootfs, '/', '--proc', '/proc', '--dev', '/dev'];
  return timed(workshop, {
    name: 'bwrap --unshare-all',
    note: 'without control groups, limits, masks and system call filter',
    argv: ['bwrap', '--unshare-all', '--hostname', hostname, '--cap-drop', 'ALL', ...mounts, '/true'],
  });
}

/** The command line of sc itself, with the state of this benchmark, and what Node alone takes. */
export function commandLines(workshop: Workshop): Party[] {
  const launcher = join(import.meta.dirname, '../../bin/sc');
  const node = timed(workshop, { name: 'node -e 0', argv: [process.execPath, '-e', '0'] });
  if (!existsSync(join(import.meta.dirname, '../../dist/commands/run.js'))) return [node];
  const limits = ['--memory', `${memoryLimit}`, '--pids-limit', `${pidsLimit}`];
  const run = timed(workshop, {
    name: 'sc run',
    note: 'the cold command line: Node, arguments, state, copy-on-write root filesystem, container',
    argv: [
      launcher,
      'run',
      '--rm',
      '--user',
      '0:0',
      '--hostname',
      hostname,
      ...limits,
      workshop.rootfs,
      '/true',
    ],
    environment: { ...process.env, SC_ROOT: join(workshop.directory, 'sc') },
  });
  return [node, run];
}

/** A command that is measured from its start until it is reaped. */
export function timed({ spawn }: Workshop, command: ResidentCommand): Party {
  return residentParty({ ...command, argv: [spawn, ...command.argv] });
}
