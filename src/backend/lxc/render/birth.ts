import {
  ESRCH,
  F_DUPFD_CLOEXEC,
  MSG_CMSG_CLOEXEC,
  O_CLOEXEC,
  SCM_CREDENTIALS,
  SCM_RIGHTS,
  SO_PASSCRED,
  SOL_SOCKET,
} from '../../../linux/constants.ts';
import type { ContainerSpec } from '../../../schema/container-spec.ts';
import type { ProgramBuilder } from '../../native/program/builder.ts';
import type { Argument, Data, Entry } from '../../native/program/program.ts';
import {
  type Channel,
  openChannel,
  receiveDescriptors,
  sendDescriptors,
} from '../../native/render/channel.ts';
import type { SmallInit } from '../../native/render/small-init-start.ts';
import { awaitReadable, type ToolProcess } from '../../tool/render/command.ts';
import { handedCount, lxcDescriptors } from '../protocol.ts';

/** struct cmsghdr: length u64, level i32, type i32. The credentials follow, pid, uid and gid, i32 each (unix(7)). */
const CREDENTIALS_SIZE = 32;
const NUMBER_AT = 16;
/** And behind them the descriptor. */
const RIGHTS_SIZE = 24;
const PIDFD_AT = CREDENTIALS_SIZE + 16;

/** Before lxc-start is forked: a socket for init, of whose words the kernel says from whom they are. */
export function expectInit(p: ProgramBuilder): Channel {
  const channel = openChannel(p);
  askWhoWrites(p, channel, 1);
  return channel;
}

function askWhoWrites(p: ProgramBuilder, { parent }: Channel, isAsked: 0 | 1): void {
  const option = p.struct(String(isAsked), [isAsked, 4]);
  const words = isAsked ? 'ask who writes to it' : 'ask no more';
  p.call(words, 'setsockopt', parent, SOL_SOCKET, SO_PASSCRED, option, option.size);
}

/**
 * In the keeper: waits until init is there, or lxc-start is not any more. Stores its pidfd; answers its number, which
 * nobody can make up.
 */
export function awaitInit(
  p: ProgramBuilder,
  channel: Channel,
  pidfd: Data,
  { patience, ended, process }: { patience: number; ended: Data; process: ToolProcess },
): Argument {
  const { parent } = channel;
  awaitReadable(p, AWAIT_INIT, parent, patience, ended, process);
  const byte = p.space('byte', 8);
  const vector = p.struct('iovec', [0, 8], [1, 8]);
  p.point(vector, 0, byte);
  const header = (type: number) =>
    [
      [0, 8],
      [SOL_SOCKET, 4],
      [type, 4],
    ] as const;
  const control = p.struct(
    'SCM_CREDENTIALS, SCM_RIGHTS',
    ...header(SCM_CREDENTIALS),
    [0, 8],
    [0, 8],
    ...header(SCM_RIGHTS),
    [-1, 4],
    [0, 4],
  );
  const size = CREDENTIALS_SIZE + RIGHTS_SIZE;
  const message = p.struct('message', [0, 8], [0, 8], [0, 8], [1, 8], [0, 8], [size, 8], [0, 8]);
  p.point(message, 16, vector);
  p.point(message, 32, control);
  const heard = p.call(AWAIT_INIT, 'recvmsg', parent, message, MSG_CMSG_CLOEXEC);
  const there = p.label('init is there');
  p.jump(there, 'not-equal', { result: heard }, 0);
  p.fail(AWAIT_INIT, -ESRCH);
  p.place(there);
  p.store('know init', pidfd, 0, { load: 32, from: control, at: PIDFD_AT }, 4);
  askWhoWrites(p, channel, 0);
  return { load: 32, from: control, at: NUMBER_AT };
}

/** Words of the steps that fail where lxc-start has made no init. */
export const AWAIT_INIT = 'wait for the first process of the container';

/** In the keeper: what init is to have, and lxc-start is not. */
export function equipWithStreams(
  p: ProgramBuilder,
  { parent }: Channel,
  errors: Data,
  { smallInit, sys }: { smallInit: SmallInit | undefined; sys: Entry | undefined },
): void {
  const more = smallInit ? [smallInit.stage, smallInit.program, smallInit.signal] : [];
  const theirs: Argument = { load: 32, from: errors, at: 4 };
  const all = [theirs, 0, 1, 2, ...more, ...(sys ? [{ result: sys }] : [])];
  sendDescriptors(p, 'hand init its streams', parent, all);
  if (sys) p.attempt('leave it to init', 'close', { result: sys });
  for (const stream of [0, 1, 2]) p.attempt('leave the streams to init', 'close', stream);
  p.attempt('leave its end of the pipe to init', 'close', theirs);
}

/** What init has when it was born. */
export interface Birth {
  /** As the keeper of native has it: write end of the pipe to the keeper, an i32 at offset 4. */
  errors: Data;
  channel: Channel;
  smallInit: SmallInit | undefined;
  /** The mount of sysfs, where the keeper has made it. */
  sys: Entry | undefined;
}

/**
 * In init: tells the keeper who it is, and takes what it is to have. Until then a failure is told by nothing but its
 * end.
 */
export function beBorn(p: ProgramBuilder, container: ContainerSpec): Birth {
  const { program, keeper, hook } = lxcDescriptors;
  const channel: Channel = { parent: -1, child: keeper };
  const self = p.call('hold itself', 'pidfd_open', 1, 0);
  sendDescriptors(p, 'tell the keeper who it is', keeper, [{ result: self }]);
  p.call('close', 'close', { result: self });
  p.call('leave the hook to lxc-start', 'close', hook);
  // A small init gets its own list there: no source of what it is given is to stand in its way.
  p.call('take the place of the list', 'dup3', keeper, program, O_CLOEXEC);
  const handed = receiveDescriptors(p, 'take its streams', keeper, handedCount(container));
  const [pipe = -1, stdin = -1, stdout = -1, stderr = -1, ...rest] = handed;
  const [stage = -1, list = -1, signal = -1] = container.monitor.init ? rest.splice(0, 3) : [];
  const [mounted] = rest;
  const errors = p.struct('pipe', [-1, 4], [-1, 4]);
  p.store('know the pipe for errors', errors, 4, pipe, 4);
  for (const [number, stream] of [stdin, stdout, stderr].entries())
    p.call('take its streams', 'dup3', stream, number, 0);
  const smallInit = container.monitor.init ? { stage, program: list, signal } : undefined;
  const sys = mounted === undefined ? undefined : p.call('take /sys', 'fcntl', mounted, F_DUPFD_CLOEXEC, 0);
  return { errors, channel, smallInit, sys };
}
