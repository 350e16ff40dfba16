import {
  AF_UNIX,
  ECONNRESET,
  EPIPE,
  MSG_CMSG_CLOEXEC,
  MSG_NOSIGNAL,
  SCM_RIGHTS,
  SOCK_CLOEXEC,
  SOCK_SEQPACKET,
  SOL_SOCKET,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data, Label } from '../program/program.ts';

/** A socketpair over which a parent and the child that it forks hand each other descriptors. */
export interface Channel {
  parent: Argument;
  child: Argument;
}

/** SCM_MAX_FD: what the kernel takes in one message. */
const MOST_IN_A_MESSAGE = 253;

/** struct cmsghdr: length u64, level i32, type i32. The descriptors follow, each an i32. */
const RIGHTS_AT = 16;

export function openChannel(p: ProgramBuilder): Channel {
  const sockets = p.space('sockets', 8);
  p.call('make a socket for descriptors', 'socketpair', AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets);
  return { parent: { load: 32, from: sockets, at: 0 }, child: { load: 32, from: sockets, at: 4 } };
}

/** In the child: waits for one byte, by which the keeper lets it go on. */
export function awaitKeeper(p: ProgramBuilder, { child }: Channel, words: string): void {
  const heard = p.call(words, 'read', child, p.space('byte', 8), 1);
  const goesOn = p.label('it goes on');
  p.jump(goesOn, 'equal', { result: heard }, 1);
  p.fail(words, -EPIPE);
  p.place(goesOn);
}

/** Hands descriptors over; the sender keeps its own. Where the other has died, goes on at `gone` or fails. */
export function sendDescriptors(
  p: ProgramBuilder,
  words: string,
  socket: Argument,
  descriptors: readonly Argument[],
  gone?: Label,
): void {
  for (let from = 0; from < descriptors.length; from += MOST_IN_A_MESSAGE) {
    const part = descriptors.slice(from, from + MOST_IN_A_MESSAGE);
    const { message, rights } = descriptorMessage(p, part.length);
    part.forEach((descriptor, index) => {
      p.store('put a descriptor into the message', rights, RIGHTS_AT + 4 * index, descriptor, 4);
    });
    const sent = p.attempt(words, 'sendmsg', socket, message, MSG_NOSIGNAL);
    // The second where it has died with something unread.
    if (gone !== undefined)
      for (const errno of [EPIPE, ECONNRESET]) p.jump(gone, 'equal', { result: sent }, -errno);
    p.fail(words, { result: sent });
  }
}

/**
 * Answers as many descriptors as the other sends. Where it has died instead, goes on at `gone`, or fails
 * as a broken pipe does.
 */
export function receiveDescriptors(
  p: ProgramBuilder,
  words: string,
  socket: Argument,
  count: number,
  gone?: Label,
): Argument[] {
  const received: Argument[] = [];
  while (received.length < count) {
    const length = Math.min(count - received.length, MOST_IN_A_MESSAGE);
    const { message, rights } = descriptorMessage(p, length);
    const heard = p.call(words, 'recvmsg', socket, message, MSG_CMSG_CLOEXEC);
    const taken = p.label('the descriptors are there');
    p.jump(taken, 'equal', { result: heard }, 1);
    if (gone === undefined) p.fail(words, -EPIPE);
    else p.jump(gone);
    p.place(taken);
    for (let index = 0; index < length; index++)
      received.push({ load: 32, from: rights, at: RIGHTS_AT + 4 * index });
  }
  return received;
}

/** A message of one byte and so many descriptors: struct msghdr with its iovec and control buffer (cmsg(3)). */
function descriptorMessage(p: ProgramBuilder, count: number): { message: Data; rights: Data } {
  const byte = p.space('byte', 8);
  const vector = p.struct('iovec', [0, 8], [1, 8]);
  p.point(vector, 0, byte);
  const length = RIGHTS_AT + 4 * count;
  const none = Array.from({ length: count + (count % 2) }, () => [-1, 4] as const);
  const rights = p.struct('SCM_RIGHTS', [length, 8], [SOL_SOCKET, 4], [SCM_RIGHTS, 4], ...none);
  const message = p.struct('message', [0, 8], [0, 8], [0, 8], [1, 8], [0, 8], [rights.size, 8], [0, 8]);
  p.point(message, 16, vector);
  p.point(message, 32, rights);
  return { message, rights };
}
