import {
  AF_UNIX,
  EFD_CLOEXEC,
  EFD_NONBLOCK,
  ESRCH,
  SCM_CREDENTIALS,
  SHUT_WR,
  SO_PASSCRED,
  SOCK_CLOEXEC,
  SOCK_SEQPACKET,
  SOL_SOCKET,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../../native/program/builder.ts';
import type { Argument, Data, Entry, Label } from '../../native/program/program.ts';
import { FAILED_SIZE, keeperDescriptors, MESSAGE_READY, smallInitSources } from '../../native/protocol.ts';
import { awaitReadable } from './command.ts';

/** What the keeper has of the container's first process before it is there. */
export interface Expected {
  /** Two i32: its own end of the socket, and that of the container. */
  socket: Data;
  /** An eventfd, for a small init. */
  signal: Entry;
  /** Descriptors of what is executed and of the list for it. */
  sources: ReturnType<typeof smallInitSources>;
}

/** `last` is the last descriptor that every keeper of its kind is given. */
export function expectEntry(p: ProgramBuilder, last: number): Expected {
  const socket = p.space('socket', 8);
  const flags = SOCK_SEQPACKET | SOCK_CLOEXEC;
  p.call('make a socket for errors', 'socketpair', AF_UNIX, flags, 0, socket);
  const on = p.struct('1', [1, 4]);
  const own: Argument = { load: 32, from: socket, at: 0 };
  p.call('ask who writes to it', 'setsockopt', own, SOL_SOCKET, SO_PASSCRED, on, on.size);
  const signal = p.call('make a place for a signal', 'eventfd2', 0, EFD_CLOEXEC | EFD_NONBLOCK);
  return { socket, signal, sources: smallInitSources(last) };
}

/** struct cmsghdr: length u64, level i32, type i32; then struct ucred: pid, uid and gid, i32 each (unix(7)). */
const CREDENTIALS_AT = 16;
const CREDENTIALS_SIZE = 32;

/**
 * Waits until the container's first process says that it is there, and lets it go on: nobody can execute its file any
 * more then. Stores its pidfd; answers its number, which the kernel says and nobody can make up. Where it tells of a
 * failure that is passed on to sc, and gone on at `told`.
 */
export function admitEntry(
  p: ProgramBuilder,
  { socket, sources }: Expected,
  pidfd: Data,
  options: { patience: number; ended: Data; told: Label },
): Argument {
  const words = 'wait for the first process of the container';
  const own: Argument = { load: 32, from: socket, at: 0 };
  awaitReadable(p, words, own, options.patience, options.ended);
  const said = p.space('message', FAILED_SIZE);
  const vector = p.struct('iovec', [0, 8], [FAILED_SIZE, 8]);
  p.point(vector, 0, said);
  const who = p.struct('SCM_CREDENTIALS', [0, 8], [SOL_SOCKET, 4], [SCM_CREDENTIALS, 4], [0, 8], [0, 8]);
  const message = p.struct('message', [0, 8], [0, 8], [0, 8], [1, 8], [0, 8], [CREDENTIALS_SIZE, 8], [0, 8]);
  p.point(message, 16, vector);
  p.point(message, 32, who);
  const heard = p.call(words, 'recvmsg', own, message, 0);
  const [speaks, ready] = [p.label('it speaks'), p.label('it is ready')];
  p.jump(speaks, 'not-equal', { result: heard }, 0);
  p.fail(words, -ESRCH);
  p.place(speaks);
  p.jump(ready, 'equal', { load: 32, from: said, at: 0 }, MESSAGE_READY);
  p.attempt('pass on which step failed', 'write', keeperDescriptors.report, said, FAILED_SIZE);
  p.jump(options.told);
  p.place(ready);
  const number: Argument = { load: 32, from: who, at: CREDENTIALS_AT };
  const opened = p.call('hold the first process', 'pidfd_open', number, 0);
  p.store('know it', pidfd, 0, { result: opened }, 4);
  p.call('let nobody execute its file again', 'fchmod', sources.stage, 0);
  for (const descriptor of [sources.stage, sources.program])
    p.attempt('leave it to the container', 'close', descriptor);
  p.call('let it go on', 'shutdown', own, SHUT_WR);
  return number;
}
