/** A message as it stands in a stream: behind its length (RFC 1035, 4.2.2). */
export function frame(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Takes the messages out of a stream as it comes; keeps no more than one of them, which has 64 KiB at most. */
export class Frames {
  #rest: Buffer = Buffer.alloc(0);

  /** Those that are whole now. */
  take(bytes: Buffer): Buffer[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const messages: Buffer[] = [];
    let at = 0;
    while (all.length - at >= 2) {
      const end = at + 2 + all.readUInt16BE(at);
      if (end > all.length) break;
      messages.push(all.subarray(at + 2, end));
      at = end;
    }
    this.#rest = Buffer.from(all.subarray(at));
    return messages;
  }

  /** Bytes of one that is not whole. */
  get waiting(): number {
    return this.#rest.length;
  }
}
