import { addressBytes, addressOfBytes, type IpAddress } from '../../linux/ip-address.ts';
import { A, AAAA, HEADER, INTERNET, PTR, type Query } from './question.ts';

/** How a question was answered (RFC 1035, 4.1.1). */
export const NO_ERROR = 0;
export const SERVER_FAILURE = 2;
export const NO_SUCH_NAME = 3;
export const REFUSED = 5;

/** Bytes of an answer that every client takes by UDP (RFC 1035, 4.2.1). */
export const SHORTEST = 512;

export interface ResourceRecord {
  type: number;
  data: Buffer;
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

export function addressRecord(address: IpAddress): ResourceRecord {
  return { type: address.family === 4 ? A : AAAA, data: addressBytes(address) };
}

export function nameRecord(name: string): ResourceRecord {
  const labels = name.split('.').map((label) => Buffer.from(`\0${label}`, 'latin1'));
  for (const label of labels) label[0] = label.length - 1;
  return { type: PTR, data: Buffer.concat([...labels, Buffer.alloc(1)]) };
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
