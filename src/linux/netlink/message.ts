// Messages of netlink(7): a header, a structure of the family, and attributes of a length, a type and a value, each on a
// multiple of 4 bytes. All numbers are those of the processor, which is little endian wherever sc runs.

/** struct nlmsghdr: length u32, type u16, flags u16, sequence u32, port u32. */
const HEADER_SIZE = 16;

const NLM_F_REQUEST = 1;
export const NLM_F_ACK = 4;
export const NLM_F_DUMP = 0x300;
export const NLM_F_CREATE = 0x400;
export const NLM_F_EXCL = 0x200;

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;

/** In the type of an attribute that holds attributes. */
const NLA_F_NESTED = 0x8000;
const TYPE_MASK = 0x3fff;

export interface Attribute {
  type: number;
  value: Buffer | readonly Attribute[];
}

export interface Message {
  type: number;
  flags: number;
  /** The structure behind the header. */
  body: Buffer;
  attributes?: readonly Attribute[];
}

/** The bytes of a message that is answered, whether it succeeds or fails. */
export function encode({ type, flags, body, attributes = [] }: Message, sequence = 0): Buffer {
  const parts = [Buffer.alloc(HEADER_SIZE), padded(body), ...attributes.map(encodeAttribute)];
  const bytes = Buffer.concat(parts);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(type, 4);
  bytes.writeUInt16LE(flags | NLM_F_REQUEST, 6);
  bytes.writeUInt32LE(sequence, 8);
  return bytes;
}

export function encodeAttribute({ type, value }: Attribute): Buffer {
  const isNested = !Buffer.isBuffer(value);
  const bytes = isNested ? Buffer.concat(value.map(encodeAttribute)) : value;
  const head = Buffer.alloc(4);
  head.writeUInt16LE(4 + bytes.length, 0);
  head.writeUInt16LE(isNested ? type | NLA_F_NESTED : type, 2);
  return padded(Buffer.concat([head, bytes]));
}

/** A text as an attribute has it, with the NUL at its end. */
export function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export interface Received {
  type: number;
  flags: number;
  sequence: number;
  /** All behind the header. */
  payload: Buffer;
}

/** The messages of one datagram; what is cut off ends them. */
export function decode(datagram: Buffer): Received[] {
  const messages: Received[] = [];
  for (let at = 0; at + HEADER_SIZE <= datagram.length; ) {
    const length = datagram.readUInt32LE(at);
    if (length < HEADER_SIZE || at + length > datagram.length) break;
    messages.push({
      type: datagram.readUInt16LE(at + 4),
      flags: datagram.readUInt16LE(at + 6),
      sequence: datagram.readUInt32LE(at + 8),
      payload: datagram.subarray(at + HEADER_SIZE, at + length),
    });
    at += aligned(length);
  }
  return messages;
}

/** Attributes by their types, behind a structure of `from` bytes; the last of several of one type. */
export function decodeAttributes(payload: Buffer, from: number): Map<number, Buffer> {
  return new Map(decodeList(payload, from));
}

/** The same in their order, where several have one type. */
export function decodeList(payload: Buffer, from: number): (readonly [type: number, value: Buffer])[] {
  const attributes: (readonly [number, Buffer])[] = [];
  for (let at = aligned(from); at + 4 <= payload.length; ) {
    const length = payload.readUInt16LE(at);
    if (length < 4 || at + length > payload.length) break;
    attributes.push([payload.readUInt16LE(at + 2) & TYPE_MASK, payload.subarray(at + 4, at + length)]);
    at += aligned(length);
  }
  return attributes;
}

/** The text of an attribute, up to its NUL. */
export function textOf(value: Buffer): string {
  const end = value.indexOf(0);
  return value.toString('utf8', 0, end === -1 ? value.length : end);
}

function padded(bytes: Buffer): Buffer {
  return bytes.length % 4 === 0
    ? bytes
    : Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)]);
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
