import {
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NOCTTY,
  O_NOFOLLOW,
  O_PATH,
  O_RDWR,
  TIOCGPTPEER,
  TIOCSCTTY,
  TIOCSPTLCK,
  TIOCSWINSZ,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Entry } from '../program/program.ts';
import { keeperDescriptors } from '../protocol.ts';
import { type Channel, receiveDescriptors, sendDescriptors } from './channel.ts';
import type { KernelFilesystems } from './kernel-filesystems.ts';
import { argumentOf, attach, cloneMount, type Descriptor } from './mount-api.ts';

const TTY_GROUP = 5;

/**
 * Makes a pseudo-terminal in the container's own devpts, gives its master away and takes its slave as
 * controlling terminal and standard streams. TIOCGPTPEER opens the slave without a path, so that nothing
 * can be put in its place (CVE-2025-52565).
 */
export function takeTerminal(
  p: ProgramBuilder,
  channel: Channel,
  filesystems: KernelFilesystems,
  owner: number,
  size: { rows: number; columns: number },
): void {
  const flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
  const master = p.call('open a terminal', 'openat', { result: filesystems.pts }, p.string('ptmx'), flags);
  const unlocked = p.space('unlocked', 8);
  p.call('unlock the terminal', 'ioctl', { result: master }, TIOCSPTLCK, unlocked);
  const slave = p.call('open its slave', 'ioctl', { result: master }, TIOCGPTPEER, flags);
  const window = p.struct(`${size.columns}x${size.rows}`, [size.rows, 2], [size.columns, 2], [0, 2], [0, 2]);
  p.call('set its window size', 'ioctl', { result: master }, TIOCSWINSZ, window);
  p.call('give it to the user', 'fchown', { result: slave }, owner, TTY_GROUP);
  bindConsole(p, filesystems.dev, slave);

  sendDescriptors(p, 'send the master to the keeper', channel.child, [{ result: master }]);
  p.call('make it the controlling terminal', 'ioctl', { result: slave }, TIOCSCTTY, 0);
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
