import { addressBytes, addressOfBytes, type IpAddress } from '../../linux/ip-address.ts';

/** Kinds of records (RFC 1035, 3.2.2; RFC 3596, 2.1). */
export const A = 1;
export const PTR = 12;
export const AAAA = 28;

/** How a question was answered (RFC 1035, 4.1.1). */
export const NO_ERROR = 0;
export const SERVER_FAILURE = 2;
export const NO_SUCH_NAME = 3;
export const REFUSED = 5;

/** Bytes of an answer that every client takes by UDP (RFC 1035, 4.2.1). */
export const SHORTEST = 512;

const HEADER = 12;
const INTERNET = 1;
const LONGEST_NAME = 255;

/** A question, as far as it matters here. */
export interface Query {
  /** By which its client knows the answer. */
  id: number;
  /** Whether it asks for what others know too. */
  isRecursive: boolean;
  /** In lower case, without the dot at the end; undefined for one that no container can have. */
  name: string | undefined;
  type: number;
  /** The question itself, as an answer has to repeat it. */
  question: Buffer;
}

export interface ResourceRecord {
  type: number;
  data: Buffer;
}

/**
 * Undefined for what is no single question: there is no answer to that, since it may be an answer itself, which two
 * servers would then send to each other without an end. A name that points elsewhere is none: in a question there is
 * nothing before it to point at.
 */
export function parseQuery(bytes: Buffer): Query | undefined {
  if (bytes.length < HEADER + 5) return undefined;
  const flags = bytes.readUInt16BE(2);
  const isQuestion = (flags & 0xf800) === 0 && bytes.readUInt16BE(4) === 1;
  const name = isQuestion ? readName(bytes) : undefined;
  if (name === undefined || bytes.length < name.end + 4) return undefined;
  return {
    id: bytes.readUInt16BE(0),
    isRecursive: (flags & 0x0100) !== 0,
    name: bytes.readUInt16BE(name.end + 2) === INTERNET ? name.text : undefined,
    type: bytes.readUInt16BE(name.end),
    question: bytes.subarray(HEADER, name.end + 4),
  };
}

/** An answer with as many of the records as `room` bytes hold. */
export function answerTo(
  { id, isRecursive, question }: Query,
  code: number,
  records: readonly ResourceRecord[] = [],
  room = SHORTEST,
): Buffer {
  const parts = records.map(recordBytes);
  let length = HEADER + question.length;
  const fit = parts.filter((part) => {
    const isWithin = length + part.length <= room;
    if (isWithin) length += part.length;
    return isWithin;
  });
  const header = Buffer.alloc(HEADER);
  header.writeUInt16BE(id, 0);
  // An answer (QR), of who knows it first hand (AA) and asks others for what it does not know (RA).
  header.writeUInt16BE(0x8480 | (isRecursive ? 0x0100 : 0) | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(fit.length, 6);
  return Buffer.concat([header, question, ...fit]);
}

/** Whether bytes answer this question, which was asked with this ID. */
export function isAnswerTo(bytes: Buffer, id: number, question: Buffer): boolean {
  if (bytes.length < HEADER + question.length || bytes.readUInt16BE(0) !== id) return false;
  const isAnswer = (bytes.readUInt16BE(2) & 0xf800) === 0x8000 && bytes.readUInt16BE(4) === 1;
  // A server may write the name in letters of its own choice.
  const repeated = bytes.toString('latin1', HEADER, HEADER + question.length).toLowerCase();
  return isAnswer && repeated === question.toString('latin1').toLowerCase();
}

/**
 * The addresses in an answer, whosever they are there, with the seconds for which they may be kept: names stand for one another.
 * Nothing of what is no whole record, and of no more than `most`.
 */
export function addressesIn(bytes: Buffer, most: number): { address: IpAddress; ttl: number }[] {
  const found: { address: IpAddress; ttl: number }[] = [];
  if (bytes.length < HEADER) return found;
  let at = HEADER;
  for (let left = bytes.readUInt16BE(4); left > 0; left--) at = (endOfName(bytes, at) ?? bytes.length) + 4;
  for (let left = Math.min(bytes.readUInt16BE(6), most); left > 0; left--) {
    const head = endOfName(bytes, at);
    if (head === undefined || head + 10 > bytes.length) break;
    const end = head + 10 + bytes.readUInt16BE(head + 8);
    if (end > bytes.length) break;
    const type = bytes.readUInt16BE(head);
    const data = bytes.subarray(head + 10, end);
    const isAddress = (type === A && data.length === 4) || (type === AAAA && data.length === 16);
    // A time with its highest bit is none (RFC 2181, 8).
    const ttl = bytes.readInt32BE(head + 4);
    if (isAddress && bytes.readUInt16BE(head + 2) === INTERNET)
      found.push({ address: addressOfBytes(data), ttl: Math.max(ttl, 0) });
    at = end;
  }
  return found;
}

/** The same message with another ID. */
export function withId(bytes: Buffer, id: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt16BE(id, 0);
  return copy;
}

export function addressRecord(address: IpAddress): ResourceRecord {
  return { type: address.family === 4 ? A : AAAA, data: addressBytes(address) };
}

export function nameRecord(name: string): ResourceRecord {
  const labels = name.split('.').map((label) => Buffer.from(`\0${label}`, 'latin1'));
  for (const label of labels) label[0] = label.length - 1;
  return { type: PTR, data: Buffer.concat([...labels, Buffer.alloc(1)]) };
}

/** The address that somebody looks for the name of (RFC 1035, 3.5; RFC 3596, 2.5). */
export function addressAskedFor(name: string): IpAddress | undefined {
  const four = /^((?:\d{1,3}\.){4})in-addr\.arpa$/.exec(name)?.[1];
  if (four !== undefined) {
    const numbers = four.split('.').slice(0, 4).reverse().map(Number);
    return numbers.every((number) => number < 256) ? addressOfBytes(Buffer.from(numbers)) : undefined;
  }
  const six = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name)?.[1];
  if (six === undefined) return undefined;
  return addressOfBytes(Buffer.from(six.split('.').reverse().join(''), 'hex'));
}

/** The name of the question begins behind the header. Its text is undefined where it has other than what names have. */
function readName(bytes: Buffer): { text: string | undefined; end: number } | undefined {
  const labels: string[] = [];
  let at = HEADER;
  for (;;) {
    const length = bytes[at];
    if (length === undefined || length > 63) return undefined;
    at += 1;
    if (length === 0) break;
    labels.push(bytes.toString('latin1', at, at + length));
    at += length;
    if (at > bytes.length || at - HEADER >= LONGEST_NAME) return undefined;
  }
  const isUsual = labels.length > 0 && labels.every((label) => /^[a-zA-Z0-9_-]+$/.test(label));
  return { text: isUsual ? labels.join('.').toLowerCase() : undefined, end: at };
}

/** Behind a name, which ends with its first reference elsewhere; that is not followed. */
function endOfName(bytes: Buffer, start: number): number | undefined {
  for (let at = start; ; ) {
    const length = bytes[at];
    if (length === undefined) return undefined;
    if (length >= 0xc0) return at + 2;
    if (length > 63) return undefined;
    at += 1 + length;
    if (length === 0) return at;
  }
}

/** Its name is that of the question. Nobody is to keep it: where a container is may be another place at its next start. */
function recordBytes({ type, data }: ResourceRecord): Buffer {
  const head = Buffer.from([0xc0, HEADER, 0, type, 0, INTERNET, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
