import {
  AT_FDCWD,
  DEVPTS_SUPER_MAGIC,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NOCTTY,
  O_NOFOLLOW,
  O_PATH,
  O_RDWR,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  TIOCGPTPEER,
  TIOCSCTTY,
  TIOCSPTLCK,
  TIOCSWINSZ,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Entry } from '../program/program.ts';
import { keeperDescriptors } from '../protocol.ts';
import { type Channel, receiveDescriptors, sendDescriptors } from './channel.ts';
import type { RenderRequest } from './input.ts';
import type { KernelFilesystems } from './kernel-filesystems.ts';
import { argumentOf, attach, cloneMount, type Descriptor, openInRoot } from './mount-api.ts';
import { requireDevice, requireFilesystem } from './require.ts';

const TTY_GROUP = 5;

const words = 'open a terminal';
const flags = O_RDWR | O_NOCTTY;

/** Whose it is, and how large. */
interface TerminalShape {
  owner: number;
  size: { rows: number; columns: number };
}

export function terminalShape({
  identity,
  windowSize,
}: Pick<RenderRequest, 'identity' | 'windowSize'>): TerminalShape {
  return { owner: identity.uid, size: windowSize ?? { rows: 24, columns: 80 } };
}

/**
 * Makes a pseudo-terminal in the container's own devpts, gives its master away and takes its slave as standard
 * streams, and as controlling terminal unless that is left to another session.
 */
export function takeTerminal(
  p: ProgramBuilder,
  channel: Channel,
  filesystems: KernelFilesystems,
  shape: TerminalShape,
  isControlling: boolean,
): void {
  const at = { result: filesystems.pts };
  const master = p.call(words, 'openat', at, p.string('ptmx'), flags | O_CLOEXEC);
  const slave = openSlave(p, master, shape);
  bindConsole(p, filesystems.dev, slave);
  sendDescriptors(p, 'send the master to the keeper', channel.child, [{ result: master }]);
  if (isControlling) makeControlling(p, { result: slave });
  makeStreams(p, slave);
}

/**
 * The same in a container that runs, whose /dev is its own business by now: what is no devpts, or no terminal,
 * is refused. Who comes to lead a session makes it the controlling one.
 */
export function takeTerminalOfRunning(p: ProgramBuilder, channel: Channel, shape: TerminalShape): void {
  const hint = 'leave /dev/pts of the container as it was at its start';
  const hints = { ENOENT: hint, ELOOP: hint, ENODEV: hint };
  const resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const master = openInRoot(p, words, AT_FDCWD, '/dev/pts/ptmx', { flags, resolve, hints });
  requireFilesystem(p, words, master, DEVPTS_SUPER_MAGIC, hints);
  requireDevice(p, words, master, { major: 5, minor: 2 }, hints);
  const slave = openSlave(p, master, shape);
  sendDescriptors(p, 'send the master to the keeper', channel.child, [{ result: master }]);
  makeStreams(p, slave);
}

/** For the leader of a session. */
export function makeControlling(p: ProgramBuilder, slave: Argument): void {
  p.call('make it the controlling terminal', 'ioctl', slave, TIOCSCTTY, 0);
}

/** TIOCGPTPEER opens the slave without a path, so that nothing can be put in its place (CVE-2025-52565). */
function openSlave(p: ProgramBuilder, master: Entry, { owner, size }: TerminalShape): Entry {
  const unlocked = p.space('unlocked', 8);
  p.call('unlock the terminal', 'ioctl', { result: master }, TIOCSPTLCK, unlocked);
  const slave = p.call('open its slave', 'ioctl', { result: master }, TIOCGPTPEER, flags | O_CLOEXEC);
  const window = p.struct(`${size.columns}x${size.rows}`, [size.rows, 2], [size.columns, 2], [0, 2], [0, 2]);
  p.call('set its window size', 'ioctl', { result: master }, TIOCSWINSZ, window);
  p.call('give it to the user', 'fchown', { result: slave }, owner, TTY_GROUP);
  return slave;
}

function makeStreams(p: ProgramBuilder, slave: Entry): void {
  for (const stream of [0, 1, 2])
    p.call(`make it descriptor ${stream}`, 'dup3', { result: slave }, stream, 0);
}

function bindConsole(p: ProgramBuilder, dev: Descriptor, slave: Entry): void {
  const words = 'bind the terminal on /dev/console';
  const make = O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const made = p.attempt(words, 'openat', argumentOf(dev), p.string('console'), make, 0o600);
  p.fail(words, { result: made }, { EEXIST: 'mount nothing on /dev/console, where the terminal has to be' });
  const place = p.call(
    words,
    'openat',
    argumentOf(dev),
    p.string('console'),
    O_PATH | O_NOFOLLOW | O_CLOEXEC,
  );
  attach(p, words, cloneMount(p, words, { fd: { result: slave } }, false), { result: place });
}

/** The keeper's side. Answers the master. */
export function receiveTerminal(p: ProgramBuilder, channel: Channel): Argument {
  const [master = -1] = receiveDescriptors(p, 'receive the master of the terminal', channel.parent, 1);
  return master;
}

/** Keeps the master until sc, which may be busy, has taken it: then sc closes its end of the pipe. */
export function holdTerminal(p: ProgramBuilder): void {
  p.attempt('say no more', 'close', keeperDescriptors.report);
  const byte = p.space('too late', 8);
  const again = p.label('wait until sc has the terminal');
  p.place(again);
  const heard = p.attempt('wait until sc has the terminal', 'read', keeperDescriptors.control, byte, 1);
  p.jump(again, 'less', 0, { result: heard });
}
