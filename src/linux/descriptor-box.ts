import { closeSync } from 'node:fs';
import {
  AF_UNIX,
  MSG_CMSG_CLOEXEC,
  MSG_NOSIGNAL,
  MSG_PEEK,
  SCM_RIGHTS,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOL_SOCKET,
} from './constants.ts';
import { isErrno } from './descriptor.ts';
import { koffi } from './koffi.ts';
import { declare } from './libc.ts';

const MSG_DONTWAIT = 0x40;

const SO_PEEK_OFF = 42;

/** Descriptors in one message: the kernel takes 253. */
const MOST_IN_A_MESSAGE = 200;

// One buffer: struct msghdr, then struct iovec, the byte of the message, and a struct cmsghdr with its descriptors.
const VECTOR_AT = 56;
const BYTE_AT = 72;
const CONTROL_AT = 80;
const RIGHTS_AT = 16;

const openSocket = declare<[number, number, number]>('int socket(int domain, int type, int protocol)');
const bind = declare<[number, Buffer, number]>('int bind(int fd, const void *address, unsigned int size)');
const getName = declare<[number, Buffer, Buffer]>('int getsockname(int fd, void *address, void *size)');
const connect = declare<[number, Buffer, number]>(
  'int connect(int fd, const void *address, unsigned int size)',
);
const send = declare<[number, Buffer, number]>('long sendmsg(int fd, const void *message, int flags)');
const setOption = declare<[number, number, number, Buffer, number]>(
  'int setsockopt(int fd, int level, int name, const void *value, unsigned int length)',
);
const receive = declare<[number, Buffer, number]>('long recvmsg(int fd, void *message, int flags)');

/**
 * A socket that holds descriptors as messages on their way (unix(7), SCM_RIGHTS) until nobody has it open any more:
 * then the kernel closes them all. Who has a duplicate of it, from whatever process, can add some and take some out.
 */
export function newDescriptorBox(): number {
  const box = openSocket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  try {
    // The kernel gives it a name, by which it becomes its own peer: nobody else can send to it from then on.
    const family = Buffer.from([AF_UNIX, 0]);
    bind(box, family, family.length);
    const [name, size] = [Buffer.alloc(128), Buffer.from([128, 0, 0, 0])];
    getName(box, name, size);
    connect(box, name, size.readUInt32LE(0));
    for (const strange of takeFrom(box)) closeSync(strange);
    return box;
  } catch (error) {
    closeSync(box);
    throw error;
  }
}

export function putInto(box: number, descriptors: readonly number[]): void {
  for (let from = 0; from < descriptors.length; from += MOST_IN_A_MESSAGE) {
    const part = descriptors.slice(from, from + MOST_IN_A_MESSAGE);
    const message = newMessage(part.length);
    message.writeBigUInt64LE(BigInt(RIGHTS_AT + 4 * part.length), CONTROL_AT);
    message.writeInt32LE(SOL_SOCKET, CONTROL_AT + 8);
    message.writeInt32LE(SCM_RIGHTS, CONTROL_AT + 12);
    for (const [index, descriptor] of part.entries())
      message.writeInt32LE(descriptor, CONTROL_AT + RIGHTS_AT + 4 * index);
    send(box, message, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
}

/** Empties it, and answers what was in it. */
export function takeFrom(box: number): number[] {
  return received(box, 0).flat();
}

/** Duplicates of what is in it, all of which stays there. */
export function copiesFrom(box: number): number[] {
  return peeked(box).flat();
}

/** Lets go of what is not to be kept. What is kept is in it all the while, if only twice for who is killed meanwhile. */
export function keepIn(box: number, isKept: (descriptor: number) => boolean): void {
  const messages = peeked(box);
  const descriptors = messages.flat();
  try {
    if (descriptors.every(isKept)) return;
    putInto(box, descriptors.filter(isKept));
    // They come out in the order in which they were put in.
    for (const old of received(box, 0, messages.length).flat()) closeSync(old);
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
  }
}

/** Each look goes on behind the last one (socket(7), SO_PEEK_OFF). */
function peeked(box: number): number[][] {
  const lookFrom = (place: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(place);
    setOption(box, SOL_SOCKET, SO_PEEK_OFF, bytes, bytes.length);
  };
  lookFrom(0);
  try {
    return received(box, MSG_PEEK);
  } finally {
    lookFrom(-1);
  }
}

/** What messages hold, up to so many of them. */
function received(box: number, how: number, most = Number.POSITIVE_INFINITY): number[][] {
  const messages: number[][] = [];
  while (messages.length < most) {
    const message = newMessage(MOST_IN_A_MESSAGE);
    try {
      receive(box, message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT | how);
    } catch (error) {
      if (isErrno(error, 'EAGAIN')) break;
      for (const descriptor of messages.flat()) closeSync(descriptor);
      throw error;
    }
    const size = Number(message.readBigUInt64LE(CONTROL_AT));
    const descriptors: number[] = [];
    for (let at = RIGHTS_AT; at + 4 <= size; at += 4) descriptors.push(message.readInt32LE(CONTROL_AT + at));
    messages.push(descriptors);
  }
  return messages;
}

/** struct msghdr: name u64, its size u32, vector u64, their number u64, control u64, its size u64, flags u32. */
function newMessage(count: number): Buffer {
  const control = RIGHTS_AT + 8 * Math.ceil(count / 2);
  const bytes = Buffer.alloc(CONTROL_AT + control);
  const start = BigInt(koffi().address(bytes));
  const point = (at: number, to: number) => bytes.writeBigUInt64LE(start + BigInt(to), at);
  point(16, VECTOR_AT);
  bytes.writeBigUInt64LE(1n, 24);
  point(32, CONTROL_AT);
  bytes.writeBigUInt64LE(BigInt(control), 40);
  point(VECTOR_AT, BYTE_AT);
  bytes.writeBigUInt64LE(1n, VECTOR_AT + 8);
  return bytes;
}
