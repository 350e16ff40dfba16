import { IFF_UP } from '../constants.ts';
import {
  type Attribute,
  decodeAttributes,
  encodeAttribute,
  type Message,
  NLM_F_CREATE,
  NLM_F_EXCL,
  type Received,
  text,
  textOf,
  u32,
} from './message.ts';

const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTM_SETLINK = 19;

const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_MASTER = 10;
const IFLA_LINKINFO = 18;
const IFLA_NET_NS_PID = 19;
const IFLA_GROUP = 27;
const IFLA_NET_NS_FD = 28;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFLA_INFO_SLAVE_KIND = 4;
const IFLA_INFO_SLAVE_DATA = 5;
const IFLA_BRPORT_MODE = 4;
const VETH_INFO_PEER = 1;

/** struct ifinfomsg: family u8, padding u8, type u16, index i32, flags u32, change u32. */
const BODY_SIZE = 16;

export interface Link {
  index: number;
  name: string;
  /** Such as `bridge`, `veth`; undefined for hardware and lo. */
  kind: string | undefined;
  /** Six bytes in hex with colons. */
  address: string | undefined;
  mtu: number | undefined;
  isUp: boolean;
  /** Index of the bridge that it is a port of. */
  master: number | undefined;
  /** A number that whoever made it has given it, and that rules of a firewall can go by; 0 is that of all others. */
  group: number;
}

/** An interface as it is made. */
export interface NewLink {
  name: string;
  /** Its hardware address, in hex with colons. */
  address: string;
  mtu: number;
}

/** A bridge that is down. */
export function newBridge(link: NewLink, group = 0): Message {
  return newLink(0, [
    ...described(link),
    { type: IFLA_GROUP, value: u32(group) },
    { type: IFLA_LINKINFO, value: [kind('bridge')] },
  ]);
}

/** Where the other end of a pair is born. */
export interface PairPlace {
  /** Index of the bridge that `outside` is a port of. */
  bridge: number;
  /** Of the network namespace of `inside`: the number of a process in it, or a descriptor of it. */
  namespace: { pid: number } | { descriptor: number };
}

/**
 * A pair of interfaces: `outside` is up and a port of the bridge with this index, `inside` in the network namespace
 * of another, and down, as long as it is not brought up there: one whose other end is not there yet cannot be.
 */
export function newVeth(
  outside: Omit<NewLink, 'address'>,
  inside: NewLink,
  { bridge, namespace }: PairPlace,
): Message {
  const place =
    'pid' in namespace
      ? { type: IFLA_NET_NS_PID, value: u32(namespace.pid) }
      : { type: IFLA_NET_NS_FD, value: u32(namespace.descriptor) };
  const peer = [...described(inside), place];
  const data = Buffer.concat([body({}), ...peer.map(encodeAttribute)]);
  const pair: Attribute = { type: IFLA_INFO_DATA, value: [{ type: VETH_INFO_PEER, value: data }] };
  return newLink(IFF_UP, [
    { type: IFLA_LINKINFO, value: [kind('veth'), pair] },
    { type: IFLA_MASTER, value: u32(bridge) },
    { type: IFLA_IFNAME, value: text(outside.name) },
    { type: IFLA_MTU, value: u32(outside.mtu) },
  ]);
}

export function bringUp(name: string): Message {
  const attributes = [{ type: IFLA_IFNAME, value: text(name) }];
  return { type: RTM_SETLINK, flags: 0, body: body({ flags: IFF_UP }), attributes };
}

/**
 * Lets a port of a bridge get back what came from it (hairpin): where packets of bridges pass by the rules of the
 * machine (br_netfilter), what a container sends to itself by way of the machine goes back before it leaves the bridge.
 */
export function reflect(port: string): Message {
  const data: Attribute = {
    type: IFLA_INFO_SLAVE_DATA,
    value: [{ type: IFLA_BRPORT_MODE, value: Buffer.from([1]) }],
  };
  const info = [{ type: IFLA_INFO_SLAVE_KIND, value: text('bridge') }, data];
  return {
    type: RTM_NEWLINK,
    flags: 0,
    body: body({}),
    attributes: [
      { type: IFLA_IFNAME, value: text(port) },
      { type: IFLA_LINKINFO, value: info },
    ],
  };
}

export function deleteLink(name: string): Message {
  return {
    type: RTM_DELLINK,
    flags: 0,
    body: body({}),
    attributes: [{ type: IFLA_IFNAME, value: text(name) }],
  };
}

/** Answered with the link, or ENODEV. */
export function getLink(name: string): Message {
  return {
    type: RTM_GETLINK,
    flags: 0,
    body: body({}),
    attributes: [{ type: IFLA_IFNAME, value: text(name) }],
  };
}

/** For a dump of all of them. */
export function getLinks(): Message {
  return { type: RTM_GETLINK, flags: 0, body: body({}) };
}

export function parseLink({ payload }: Received): Link {
  const attributes = decodeAttributes(payload, BODY_SIZE);
  const info = attributes.get(IFLA_LINKINFO);
  const kindOf = info && decodeAttributes(info, 0).get(IFLA_INFO_KIND);
  return {
    index: payload.readInt32LE(4),
    name: textOf(attributes.get(IFLA_IFNAME) ?? Buffer.alloc(0)),
    kind: kindOf && textOf(kindOf),
    address: attributes.get(IFLA_ADDRESS)?.toString('hex').match(/../g)?.join(':'),
    mtu: attributes.get(IFLA_MTU)?.readUInt32LE(),
    isUp: (payload.readUInt32LE(8) & IFF_UP) !== 0,
    master: attributes.get(IFLA_MASTER)?.readUInt32LE(),
    group: attributes.get(IFLA_GROUP)?.readUInt32LE() ?? 0,
  };
}

function newLink(flags: number, attributes: readonly Attribute[]): Message {
  return { type: RTM_NEWLINK, flags: NLM_F_CREATE | NLM_F_EXCL, body: body({ flags }), attributes };
}

function described({ name, address, mtu }: NewLink): Attribute[] {
  return [
    { type: IFLA_IFNAME, value: text(name) },
    { type: IFLA_ADDRESS, value: Buffer.from(address.replaceAll(':', ''), 'hex') },
    { type: IFLA_MTU, value: u32(mtu) },
  ];
}

function kind(name: string): Attribute {
  return { type: IFLA_INFO_KIND, value: text(name) };
}

function body({ flags = 0 }: { flags?: number }): Buffer {
  const bytes = Buffer.alloc(BODY_SIZE);
  bytes.writeUInt32LE(flags, 8);
  bytes.writeUInt32LE(flags, 12);
  return bytes;
}
