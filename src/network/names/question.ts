import { addressOfBytes, type IpAddress } from '../../linux/ip-address.ts';

/** Kinds of records (RFC 1035, 3.2.2; RFC 3596, 2.1). */
export const A = 1;
export const PTR = 12;
export const AAAA = 28;

/** Bytes before the question of a message, and the one class of records that there is (RFC 1035, 4.1.1 and 3.2.4). */
export const HEADER = 12;
export const INTERNET = 1;

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

/** Whether bytes answer this question, which was asked with this ID. */
export function isAnswerTo(bytes: Buffer, id: number, question: Buffer): boolean {
  if (bytes.length < HEADER + question.length || bytes.readUInt16BE(0) !== id) return false;
  const isAnswer = (bytes.readUInt16BE(2) & 0xf800) === 0x8000 && bytes.readUInt16BE(4) === 1;
  // A server may write the name in letters of its own choice.
  const repeated = bytes.toString('latin1', HEADER, HEADER + question.length).toLowerCase();
  return isAnswer && repeated === question.toString('latin1').toLowerCase();
}

/** The same message with another ID. */
export function withId(bytes: Buffer, id: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt16BE(id, 0);
  return copy;
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
