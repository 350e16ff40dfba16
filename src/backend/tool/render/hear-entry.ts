import {
  AF_UNIX,
  EFD_CLOEXEC,
  EFD_NONBLOCK,
  ENODATA,
  ESRCH,
  P_PIDFD,
  SCM_CREDENTIALS,
  SHUT_WR,
  SO_PASSCRED,
  SOCK_CLOEXEC,
  SOCK_SEQPACKET,
  SOL_SOCKET,
  WEXITED,
  WNOHANG,
  WNOWAIT,
} from '../../../linux/constants.ts';
import type { Owner } from '../../backend.ts';
import type { ProgramBuilder } from '../../native/program/builder.ts';
import type { Argument, Data, Entry, Label } from '../../native/program/program.ts';
import { FAILED_SIZE, keeperDescriptors, MESSAGE_READY, smallInitSources } from '../../native/protocol.ts';
import { sleep } from '../../native/render/cgroups.ts';
import { notDone } from '../tool.ts';
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

/** Milliseconds between two looks at those who are still to go. */
export const LOOKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** Words of the steps that fail where the tool has made no container. */
export const AWAIT_ENTRY = 'wait for the first process of the container';

interface Hearing {
  patience: number;
  ended: Data;
  /** Gone on at where it tells of a failure, which is passed on to sc. */
  told: Label;
}

/**
 * Waits until the container's first process says that it is there, and waits itself. Stores its pidfd; answers its
 * number, which the kernel says and nobody can make up. It has to be a child of the keeper's by then: its end would be
 * told to another parent. `identity` is who it is on the host.
 */
export function meetEntry(
  p: ProgramBuilder,
  { socket }: Expected,
  pidfd: Data,
  { patience, ended, told, identity }: Hearing & { identity: Owner },
): Argument {
  const own: Argument = { load: 32, from: socket, at: 0 };
  awaitReadable(p, AWAIT_ENTRY, own, patience, ended);
  const said = p.space('message', FAILED_SIZE);
  const vector = p.struct('iovec', [0, 8], [FAILED_SIZE, 8]);
  p.point(vector, 0, said);
  const who = p.struct('SCM_CREDENTIALS', [0, 8], [SOL_SOCKET, 4], [SCM_CREDENTIALS, 4], [0, 8], [0, 8]);
  const message = p.struct('message', [0, 8], [0, 8], [0, 8], [1, 8], [0, 8], [CREDENTIALS_SIZE, 8], [0, 8]);
  p.point(message, 16, vector);
  p.point(message, 32, who);
  const heard = p.call(AWAIT_ENTRY, 'recvmsg', own, message, 0);
  refuseOtherWords(p, heard, said, told);
  const number: Argument = { load: 32, from: who, at: CREDENTIALS_AT };
  const opened = p.call('hold the first process', 'pidfd_open', number, 0);
  awaitAdoption(p, opened);
  const { uid, gid } = identity;
  for (const [index, [what, id]] of Object.entries({ uid, gid }).entries()) {
    const words = `look whether its ${what} is ${id}`;
    const same = p.label(words);
    p.jump(same, 'equal', { load: 32, from: who, at: CREDENTIALS_AT + 4 * (index + 1) }, id | 0);
    p.fail(words, -ENODATA, { ENODATA: notDone });
    p.place(same);
  }
  p.store('know it', pidfd, 0, { result: opened }, 4);
  return number;
}

/** Between the tool that was called and the container there may be another process of it, which leaves a little later. */
function awaitAdoption(p: ProgramBuilder, init: Entry): void {
  const words = 'look whose child it is';
  const own = p.label("it is the keeper's");
  const look = () => {
    const flags = WEXITED | WNOHANG | WNOWAIT;
    return p.attempt(words, 'waitid', P_PIDFD, { result: init }, 0, flags, 0);
  };
  for (const delay of LOOKS) {
    p.jump(own, 'equal', { result: look() }, 0);
    sleep(p, 'wait until its parent has left', delay);
  }
  p.fail(
    words,
    { result: look() },
    { ECHILD: 'use a runtime that leaves the container to who has called it' },
  );
  p.place(own);
}

/** Lets the first process go on; when it is ready, nobody can execute its file any more and it executes the program. */
export function admitEntry(
  p: ProgramBuilder,
  { socket, sources }: Expected,
  { patience, ended, told }: Hearing,
): void {
  const own: Argument = { load: 32, from: socket, at: 0 };
  p.call('let it go on', 'write', own, p.string('0'), 1);
  awaitReadable(p, AWAIT_ENTRY, own, patience, ended);
  const said = p.space('message', FAILED_SIZE);
  const heard = p.call(AWAIT_ENTRY, 'read', own, said, FAILED_SIZE);
  refuseOtherWords(p, heard, said, told);
  p.call('let nobody execute its file again', 'fchmod', sources.stage, 0);
  for (const descriptor of [sources.stage, sources.program])
    p.attempt('leave it to the container', 'close', descriptor);
  p.call('let it execute the program', 'shutdown', own, SHUT_WR);
}

/** Goes on where it has said that it is ready. */
function refuseOtherWords(p: ProgramBuilder, heard: Entry, said: Data, told: Label): void {
  const [speaks, ready] = [p.label('it speaks'), p.label('it is ready')];
  p.jump(speaks, 'not-equal', { result: heard }, 0);
  p.fail(AWAIT_ENTRY, -ESRCH);
  p.place(speaks);
  p.jump(ready, 'equal', { load: 32, from: said, at: 0 }, MESSAGE_READY);
  p.attempt('pass on which step failed', 'write', keeperDescriptors.report, said, FAILED_SIZE);
  p.jump(told);
  p.place(ready);
}
