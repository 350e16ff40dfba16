import {
  AF_UNIX,
  MSG_CMSG_CLOEXEC,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NOCTTY,
  O_NOFOLLOW,
  O_PATH,
  O_RDWR,
  SCM_RIGHTS,
  SOCK_CLOEXEC,
  SOCK_SEQPACKET,
  SOL_SOCKET,
  TIOCGPTPEER,
  TIOCSCTTY,
  TIOCSPTLCK,
  TIOCSWINSZ,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data, Entry } from '../program/program.ts';
import { keeperDescriptors } from '../protocol.ts';
import type { KernelFilesystems } from './kernel-filesystems.ts';
import { attach, cloneMount } from './mount-api.ts';

const TTY_GROUP = 5;

/** The socketpair over which the terminal's master goes from init to the keeper. */
export interface TerminalChannel {
  /** Two i32: the keeper's end, init's end. */
  sockets: Data;
  message: Data;
  /** Where a descriptor stands in the message that is sent or received. */
  descriptor: Data;
}

export const DESCRIPTOR_AT = 16;

/** A message of one byte and one descriptor: struct msghdr with its iovec and control buffer (cmsg(3)). */
export function openTerminalChannel(p: ProgramBuilder): TerminalChannel {
  const sockets = p.space('sockets', 8);
  p.call('make a socket for the terminal', 'socketpair', AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets);
  const byte = p.space('byte', 8);
  const vector = p.struct('iovec', [0, 8], [1, 8]);
  p.point(vector, 0, byte);
  const descriptor = p.struct('SCM_RIGHTS', [20, 8], [SOL_SOCKET, 4], [SCM_RIGHTS, 4], [-1, 4], [0, 4]);
  const message = p.struct('message', [0, 8], [0, 8], [0, 8], [1, 8], [0, 8], [descriptor.size, 8], [0, 8]);
  p.point(message, 16, vector);
  p.point(message, 32, descriptor);
  return { sockets, message, descriptor };
}

/**
 * Makes a pseudo-terminal in the container's own devpts, gives its master away and takes its slave as
 * controlling terminal and standard streams. TIOCGPTPEER opens the slave without a path, so that nothing
 * can be put in its place (CVE-2025-52565).
 */
export function takeTerminal(
  p: ProgramBuilder,
  channel: TerminalChannel,
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

  p.store('put the master into the message', channel.descriptor, DESCRIPTOR_AT, { result: master }, 4);
  const initEnd: Argument = { load: 32, from: channel.sockets, at: 4 };
  p.call('send the master to the keeper', 'sendmsg', initEnd, channel.message, 0);
  p.call('make it the controlling terminal', 'ioctl', { result: slave }, TIOCSCTTY, 0);
  for (const stream of [0, 1, 2])
    p.call(`make it descriptor ${stream}`, 'dup3', { result: slave }, stream, 0);
}

function bindConsole(p: ProgramBuilder, dev: Entry, slave: Entry): void {
  const words = 'bind the terminal on /dev/console';
  const make = O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  p.call(words, 'openat', { result: dev }, p.string('console'), make, 0o600);
  const place = p.call(
    words,
    'openat',
    { result: dev },
    p.string('console'),
    O_PATH | O_NOFOLLOW | O_CLOEXEC,
  );
  attach(p, words, cloneMount(p, words, { fd: { result: slave } }, false), { result: place });
}

/** The keeper's side: the descriptor stands in `channel.descriptor` afterwards. */
export function receiveTerminal(p: ProgramBuilder, channel: TerminalChannel): void {
  const keeperEnd: Argument = { load: 32, from: channel.sockets, at: 0 };
  p.call('receive the master of the terminal', 'recvmsg', keeperEnd, channel.message, MSG_CMSG_CLOEXEC);
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
