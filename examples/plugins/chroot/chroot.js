import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { ScError } from 'standard-container/backend';

const { signals } = constants;

/** Variables by which programs of the host would load what a file names. */
const ofTheLoader = /^(LD_|GLIBC_|GCONV_|LOCPATH$|NLSPATH$)/;

/**
 * What of a container cannot be done, beside what fields.js says: what depends on other than a field's value.
 *
 * @type {import('standard-container/backend').Backend['unsupported']}
 */
export function unsupported({ environment, security }) {
  const variable = Object.keys(environment).find((name) => ofTheLoader.test(name));
  return [
    ...(variable === undefined
      ? []
      : [{ path: `environment.${variable}`, reason: 'chroot(8) of the host would heed it' }]),
    ...(security.capabilities.includes('CAP_SYS_CHROOT')
      ? []
      : [{ path: 'security.capabilities', reason: 'without CAP_SYS_CHROOT there is no chroot(2)' }]),
  ];
}

/** In namespaces of its own, with 3 to tell of what went wrong, and then of its process as the host sees it. */
const script = `
  root=$1 overlay=$2 hostname=$3 umask=$4
  shift 4
  {
    [ -z "$overlay" ] || mount -t overlay -o "$overlay" overlay "$root" || exit
    echo "$hostname" > /proc/sys/kernel/hostname || exit
  } 2>&3
  read -r pid rest < /proc/self/stat
  echo "$pid" >&3
  exec 3>&-
  umask "$umask"
  exec "$@"
`;

/**
 * Starts a container. What is made for it is gone with its last process: the mount with its mount namespace, and the
 * processes with the first of them, since they have a PID namespace. That one gets SIGKILL when sc dies.
 *
 * @type {import('standard-container/backend').LeastBackend['launch']}
 */
export async function launch({ container, rootfs, environment, stdio }) {
  const { process: program, network, security } = container;
  const { root, overlay } = rootOf(rootfs);
  const bounds = security.capabilities.map((name) => `+${name.slice('CAP_'.length).toLowerCase()}`);
  const child = spawn(
    '/usr/bin/setpriv',
    [
      ...[
        '--pdeathsig',
        'KILL',
        '/usr/bin/unshare',
        '--mount',
        '--uts',
        '--ipc',
        '--net',
        '--cgroup',
        '--pid',
      ],
      ...['--fork', '--kill-child', '/bin/sh', '-c', script, 'sh', root, overlay, network.hostname],
      ...[program.umask.toString(8), '/usr/bin/setpriv', `--bounding-set=${['-all', ...bounds].join(',')}`],
      ...(security.noNewPrivileges ? ['--no-new-privs'] : []),
      ...['/usr/bin/env', '-i', ...environment, '/usr/sbin/chroot', root, ...program.args],
    ],
    {
      cwd: '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      stdio: [stdio.stdin, stdio.stdout, stdio.stderr, 'pipe'],
    },
  );
  const end = once(child, 'exit');
  const told = await firstWords(/** @type {import('node:stream').Readable} */ (child.stdio[3]));
  const pid = Number(told);
  if (!(pid > 0)) {
    await end;
    throw new ScError(
      'SC_START_FAILED',
      `start "${container.name}" by chroot: ${told.trim() || 'unshare(1) failed'}`,
    );
  }
  return {
    pid,
    keeperPid: /** @type {number} */ (child.pid),
    kill: (signal) => sendSignal(pid, signal),
    async wait() {
      const [code, signal] = /** @type {[number, NodeJS.Signals | null]} */ (await end);
      return signal === null
        ? { code, cause: 'exit' }
        : { code: 128 + signals[signal], signal, cause: 'signal' };
    },
  };
}

/**
 * The number of a process, or whatever else is told until the end. unshare(1) has the stream open too.
 *
 * @param {import('node:stream').Readable} stream
 */
async function firstWords(stream) {
  let words = '';
  for await (const chunk of stream) {
    words += chunk;
    if (/^\d+\n$/.test(words)) break;
  }
  return words;
}

/**
 * Where the root filesystem is, and how it is mounted there. Nobody else sees the mount, so that it may cover the
 * directory that holds what the container writes.
 *
 * @param {import('standard-container/backend').Rootfs} rootfs
 */
function rootOf({ mounts: [mount, ...others] }) {
  if (mount === undefined || others.length > 0) throw new Error('a root filesystem of several mounts');
  if (mount.type === 'bind') return { root: mount.source, overlay: '' };
  const { lower, upper, work } = mount;
  const special = [...lower, upper, work].find((path) => /[\\:,"]/.test(path));
  if (special !== undefined) throw new Error(`mount(8) would misread "${special}"`);
  return { root: upper, overlay: `lowerdir=${lower.join(':')},upperdir=${upper},workdir=${work}` };
}

/**
 * @param {number} pid
 * @param {number} signal
 */
function sendSignal(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended already.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
