import { closeSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { AF_NETLINK, SOCK_CLOEXEC, SOCK_RAW } from '../constants.ts';
import { declare, errnoName } from '../libc.ts';
import {
  decode,
  decodeAttributes,
  encode,
  type Message,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLMSG_DONE,
  NLMSG_ERROR,
  type Received,
  textOf,
} from './message.ts';

const NETLINK_ROUTE = 0;
const SOL_NETLINK = 270;
/** Answers to errors without what was asked, and with the kernel's own words. */
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;

/** In the flags of an answer: words follow. */
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;

/** Larger than what the kernel puts into one datagram. */
const BUFFER_SIZE = 64 * 1024;

const openSocket = declare<[number, number, number]>('int socket(int domain, int type, int protocol)');
const send = declare<[number, Buffer, number, number]>(
  'long send(int fd, const void *bytes, unsigned long length, int flags)',
);
const receive = declare<[number, Buffer, number, number]>(
  'long recv(int fd, void *bytes, unsigned long length, int flags)',
);
const setOption = declare<[number, number, number, Buffer, number]>(
  'int setsockopt(int fd, int level, int name, const void *value, unsigned int length)',
);

/** What is asked of the kernel, in words for its errors: `make link "sc0"`. */
export interface Asked {
  words: string;
  message: Message;
}

/** Messages in front of and behind others, which the kernel does not answer. */
export interface Brackets {
  begin: Message;
  end: Message;
}

/** A socket to a part of the kernel, in the network namespace in which it was opened (netlink(7)). */
export class NetlinkSocket {
  readonly #descriptor: number;
  readonly #buffer = Buffer.alloc(BUFFER_SIZE);
  #sequence = 0;

  constructor(protocol: number) {
    this.#descriptor = openSocket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    const on = Buffer.from([1, 0, 0, 0]);
    for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK])
      setOption(this.#descriptor, SOL_NETLINK, option, on, on.length);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /**
   * Sends all at once and answers what each was answered. The kernel does each, also behind one that fails; the first
   * failure is thrown, SC_SYSTEM_CALL with the kernel's own words.
   */
  ask(asked: readonly Asked[], brackets?: Brackets): Received[][] {
    const opening = brackets ? [encode(brackets.begin, ++this.#sequence)] : [];
    const first = this.#sequence + 1;
    const messages = asked.map(({ message }) =>
      encode({ ...message, flags: message.flags | NLM_F_ACK }, ++this.#sequence),
    );
    const closing = brackets ? [encode(brackets.end, ++this.#sequence)] : [];
    this.#send(Buffer.concat([...opening, ...messages, ...closing]));
    const answers: Received[][] = asked.map(() => []);
    const failures: (ScError | undefined)[] = asked.map(() => undefined);
    for (let left = asked.length; left > 0; ) {
      for (const received of this.#receive()) {
        const index = received.sequence - first;
        if (brackets && index === -1 && received.type === NLMSG_ERROR) {
          // Then it looks at none of what is between them.
          const failure = failureOf(asked[0]?.words ?? '', received);
          if (failure !== undefined) throw failure;
        }
        const words = asked[index]?.words;
        if (words === undefined) continue;
        if (received.type !== NLMSG_ERROR) answers[index]?.push(received);
        else {
          failures[index] = failureOf(words, received);
          left -= 1;
        }
      }
    }
    const failure = failures.find((found) => found !== undefined);
    if (failure !== undefined) throw failure;
    return answers;
  }

  /** All that there is of a kind. */
  dump({ words, message }: Asked): Received[] {
    this.#send(encode({ ...message, flags: message.flags | NLM_F_DUMP }, ++this.#sequence));
    const all: Received[] = [];
    for (;;) {
      for (const received of this.#receive()) {
        if (received.sequence !== this.#sequence) continue;
        if (received.type === NLMSG_DONE) return all;
        if (received.type === NLMSG_ERROR) throw failureOf(words, received) ?? new Error(words);
        all.push(received);
      }
    }
  }

  #send(bytes: Buffer): void {
    send(this.#descriptor, bytes, bytes.length, 0);
  }

  #receive(): Received[] {
    const length = receive(this.#descriptor, this.#buffer, this.#buffer.length, 0);
    // Those of a later datagram would take their place.
    return decode(Buffer.from(this.#buffer.subarray(0, length)));
  }
}

/** A socket to links, addresses and routes (rtnetlink(7)). */
export class RouteSocket extends NetlinkSocket {
  constructor() {
    super(NETLINK_ROUTE);
  }
}

/** Undefined for the answer to what has succeeded. */
function failureOf(words: string, { flags, payload }: Received): ScError | undefined {
  const error = payload.readInt32LE(0);
  if (error === 0) return undefined;
  const errno = errnoName(-error);
  // The number, then the header of what was asked.
  const attributes = (flags & NLM_F_ACK_TLVS) === 0 ? undefined : decodeAttributes(payload, 20);
  const said = attributes?.get(NLMSGERR_ATTR_MSG);
  const reason = said === undefined ? errno : `${errno} (${textOf(said)})`;
  return new ScError('SC_SYSTEM_CALL', `${words}: ${reason}`, { errno });
}
