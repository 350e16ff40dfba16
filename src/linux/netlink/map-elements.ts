import {
  type Attribute,
  decodeAttributes,
  decodeList,
  type Message,
  NLM_F_CREATE,
  type Received,
  text,
} from './message.ts';
import { type Asked, type Brackets, NetlinkSocket } from './socket.ts';

// nfnetlink: the part of the message's type that says to whom it goes, and struct nfgenmsg: family u8, version u8,
// resource u16 of the network's order.
export const NETLINK_NETFILTER = 12;
const NFNL_SUBSYS_NFTABLES = 10;
const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;
export const NFPROTO_INET = 1;
const BODY_SIZE = 4;

const NFT_MSG_NEWSETELEM = 12;
const NFT_MSG_GETSETELEM = 13;
const NFT_MSG_DELSETELEM = 14;

const NFTA_SET_ELEM_LIST_TABLE = 1;
const NFTA_SET_ELEM_LIST_SET = 2;
const NFTA_SET_ELEM_LIST_ELEMENTS = 3;
const NFTA_LIST_ELEM = 1;
const NFTA_SET_ELEM_KEY = 1;
const NFTA_SET_ELEM_DATA = 2;
const NFTA_SET_ELEM_TIMEOUT = 4;
const NFTA_DATA_VALUE = 1;

/** An attribute has at most 64 KiB, and an element less than 100 bytes. */
const MOST_AT_ONCE = 500;

/** An element of a map of nftables: what is looked for, and what is found. Parts of either are on multiples of 4 bytes. */
export interface MapElement {
  key: Buffer;
  value: Buffer;
}

/** One to be: a set has no values, and some elements go by themselves after so many milliseconds. */
interface NewElement {
  key: Buffer;
  value?: Buffer;
  timeout?: number;
}

/** What is done with elements, in messages each of which may need flags. */
type Operations = readonly (readonly [operation: number, flags: number])[];

const ADD: Operations = [[NFT_MSG_NEWSETELEM, NLM_F_CREATE]];
const REMOVE: Operations = [[NFT_MSG_DELSETELEM, 0]];

/** Where elements stand. */
interface Place {
  table: string;
  map: string;
}

/** Maps and sets of a table of the family `inet`, whose elements are changed without nft(8). */
export class MapElements {
  readonly #socket = new NetlinkSocket(NETLINK_NETFILTER);
  readonly #table: string;

  constructor(table: string) {
    this.#table = table;
  }

  close(): void {
    this.#socket.close();
  }

  /** No effect on those that are there; throws EBUSY or EEXIST for one that is there with another value. */
  add(words: string, map: string, elements: readonly NewElement[]): void {
    this.#change(words, ADD, map, elements);
  }

  /** In place of those that are there: the time after which they go begins anew. */
  renew(words: string, map: string, elements: readonly NewElement[]): void {
    // What is removed has to be there.
    this.#change(words, [...ADD, ...REMOVE, ...ADD], map, elements);
  }

  /** Throws ENOENT where one is not there, and then none is removed of up to 500 that were asked for. */
  remove(words: string, map: string, keys: readonly Buffer[]): void {
    const elements = keys.map((key) => ({ key }));
    this.#change(words, REMOVE, map, elements);
  }

  /** Throws ENOENT where there is no such table or map. */
  all(words: string, map: string): MapElement[] {
    return this.#socket
      .dump({ words, message: getElements({ table: this.#table, map }) })
      .flatMap(elementsOf);
  }

  #change(words: string, operations: Operations, map: string, elements: readonly NewElement[]): void {
    for (let from = 0; from < elements.length; from += MOST_AT_ONCE) {
      const part = elements.slice(from, from + MOST_AT_ONCE);
      const messages = changeOf({ table: this.#table, map }, operations, part);
      this.#ask(messages.map((message) => ({ words, message })));
    }
  }

  #ask(asked: readonly Asked[]): void {
    this.#socket.ask(asked, transaction);
  }
}

/** The messages by which elements are added, for who sends them himself in a `transaction`. */
export function addElements(place: Place, elements: readonly NewElement[]): Message[] {
  return changeOf(place, ADD, elements);
}

/** The same by which they are removed, by their keys. */
export function removeElements(place: Place, keys: readonly Buffer[]): Message[] {
  return changeOf(
    place,
    REMOVE,
    keys.map((key) => ({ key })),
  );
}

/** For a dump of all of them. */
export function getElements(place: Place): Message {
  return {
    type: typeOf(NFT_MSG_GETSETELEM),
    flags: 0,
    body: body(NFPROTO_INET),
    attributes: placeAttributes(place),
  };
}

function changeOf(place: Place, operations: Operations, elements: readonly NewElement[]): Message[] {
  const list = elements.map(encodeElement);
  const attributes = [...placeAttributes(place), { type: NFTA_SET_ELEM_LIST_ELEMENTS, value: list }];
  return operations.map(([operation, flags]) => ({
    type: typeOf(operation),
    flags,
    body: body(NFPROTO_INET),
    attributes,
  }));
}

function placeAttributes({ table, map }: Place): Attribute[] {
  return [
    { type: NFTA_SET_ELEM_LIST_TABLE, value: text(table) },
    { type: NFTA_SET_ELEM_LIST_SET, value: text(map) },
  ];
}

/** Of a message to nf_tables. */
export function typeOf(operation: number): number {
  return (NFNL_SUBSYS_NFTABLES << 8) | operation;
}

/** struct nfgenmsg */
export function body(family: number, resource = 0): Buffer {
  return Buffer.from([family, 0, resource >> 8, resource & 0xff]);
}

function bracket(type: number): Message {
  return { type, flags: 0, body: body(0, NFNL_SUBSYS_NFTABLES) };
}

/** What is between them is done as a whole or not at all. */
export const transaction: Brackets = {
  begin: bracket(NFNL_MSG_BATCH_BEGIN),
  end: bracket(NFNL_MSG_BATCH_END),
};

function encodeElement({ key, value, timeout }: NewElement): Attribute {
  const data = (bytes: Buffer) => [{ type: NFTA_DATA_VALUE, value: bytes }];
  return {
    type: NFTA_LIST_ELEM,
    value: [
      { type: NFTA_SET_ELEM_KEY, value: data(key) },
      ...(value === undefined ? [] : [{ type: NFTA_SET_ELEM_DATA, value: data(value) }]),
      ...(timeout === undefined ? [] : [{ type: NFTA_SET_ELEM_TIMEOUT, value: u64OfNetwork(timeout) }]),
    ],
  };
}

function u64OfNetwork(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function elementsOf({ payload }: Received): MapElement[] {
  const list = decodeAttributes(payload, BODY_SIZE).get(NFTA_SET_ELEM_LIST_ELEMENTS);
  return (list === undefined ? [] : decodeList(list, 0)).flatMap(([, element]) => {
    const parts = decodeAttributes(element, 0);
    const [key, value] = [bytesOf(parts.get(NFTA_SET_ELEM_KEY)), bytesOf(parts.get(NFTA_SET_ELEM_DATA))];
    return key === undefined || value === undefined ? [] : [{ key, value }];
  });
}

function bytesOf(data: Buffer | undefined): Buffer | undefined {
  return data && decodeAttributes(data, 0).get(NFTA_DATA_VALUE);
}
