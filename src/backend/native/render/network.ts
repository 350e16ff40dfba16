import {
  AF_NETLINK,
  AT_FDCWD,
  CLONE_NEWNET,
  ESRCH,
  O_CLOEXEC,
  O_RDONLY,
  SIOCGIFINDEX,
  SOCK_CLOEXEC,
  SOCK_RAW,
} from '../../../linux/constants.ts';
import { parseAddress } from '../../../linux/ip-address.ts';
import { ADDRESS_INDEX_AT, newAddress } from '../../../linux/netlink/address.ts';
import { bringUp, deleteLink, newVeth, reflect } from '../../../linux/netlink/link.ts';
import { encode, type Message, NLM_F_ACK } from '../../../linux/netlink/message.ts';
import { newDefaultRoute } from '../../../linux/netlink/route.ts';
import type { NetworkInterface } from '../../backend.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data, Entry, Label } from '../program/program.ts';
import type { Channel } from './channel.ts';
import { close } from './mount-api.ts';

/** NETLINK_ROUTE: links, addresses and routes (rtnetlink(7)). */
const PROTOCOL = 0;

/** Where the answer to a message says what has become of it, behind struct nlmsghdr: 0 or a negative errno, i32. */
const ERROR_AT = 16;
const ANSWER_SIZE = 512;

/** In a message, in place of the number of init, which nobody knows before it is there. */
const INIT = 0x7fff_fff7;

interface Init {
  /** Its number, seen from the host. */
  pid: Argument;
  pidfd: Data;
  /** Where it waits for it. */
  channel?: Channel;
}

/**
 * What the keeper does for an init whose network is attached to bridges of the machine: it makes a pair of interfaces
 * each, of which one is born in the network of init, and gives that one addresses and routes. The other end goes when
 * the network of init does. Goes on at `gone` where init has failed before.
 */
export function attachInit(
  p: ProgramBuilder,
  interfaces: readonly NetworkInterface[],
  { pid, pidfd, channel }: Init,
  gone: Label,
): void {
  const outside = openSocket(p);
  for (const each of interfaces) makePair(p, outside, each, pid, gone);
  close(p, outside);
  const inside = openSocketInside(p, { load: 32, from: pidfd, at: 0 }, gone);
  for (const each of interfaces) setUp(p, inside, each);
  close(p, inside);
  if (channel) p.attempt('tell init that it is attached', 'write', channel.parent, p.space('byte', 8), 1);
}

function makePair(
  p: ProgramBuilder,
  socket: Entry,
  each: NetworkInterface,
  pid: Argument,
  gone: Label,
): void {
  const { interface: name, port, address, mtu, bridge, isReflected = false } = each;
  const words = `make interface "${name}", whose other end is "${port}"`;
  const pair = newVeth({ name: port, mtu }, { name, address, mtu }, { bridge, namespace: { pid: INIT } });
  // What the kernel has not taken away yet since the container last ran has the name.
  const leftover = `take away "${port}" of an earlier run, if it is there`;
  const messages = messageOf(p, words, [deleteLink(port), pair, ...(isReflected ? [reflect(port)] : [])]);
  p.store(words, messages, messages.bytes.indexOf(numberOf(INIT)), pid, 4);
  send(p, words, socket, messages);
  hear(p, leftover, socket);
  const answer = hear(p, words, socket);
  p.jump(gone, 'equal', answer, -ESRCH);
  p.fail(words, answer, {
    ENODEV: 'somebody has taken the bridge away: start it again',
    EEXIST: `ip link delete ${port}, if nobody needs it`,
  });
  if (isReflected) p.fail(`let "${port}" have back what it sends`, hear(p, words, socket));
}

/** In the network of init, by a socket that was opened there. */
function setUp(
  p: ProgramBuilder,
  socket: Entry,
  { interface: name, addresses, gateways }: NetworkInterface,
): void {
  const index = indexOf(p, socket, name);
  const up = { words: `bring "${name}" up`, message: bringUp(name) };
  const given = addresses.map((text) => {
    const [address = '', prefix] = text.split('/');
    return {
      words: `give "${name}" ${text}`,
      message: newAddress(0, parse(address), Number(prefix)),
      isIndexed: true,
    };
  });
  const routes = gateways.map((gateway) => ({
    words: `route by ${gateway}`,
    message: newDefaultRoute(parse(gateway)),
  }));
  const all = [up, ...given, ...routes];
  const messages = messageOf(
    p,
    `addresses of "${name}"`,
    all.map(({ message }) => message),
  );
  let at = 0;
  for (const each of all) {
    if ('isIndexed' in each) p.store(each.words, messages, at + ADDRESS_INDEX_AT, index, 4);
    at += messages.bytes.readUInt32LE(at);
  }
  send(p, `give "${name}" its addresses`, socket, messages);
  for (const { words } of all) p.fail(words, hear(p, words, socket));
}

/** struct ifreq: a name of 16 bytes, then its index. */
function indexOf(p: ProgramBuilder, socket: Entry, name: string): Argument {
  const request = Buffer.alloc(40);
  request.write(name);
  const data = p.bytes(`{${name}}`, request);
  p.call(`look for "${name}"`, 'ioctl', { result: socket }, SIOCGIFINDEX, data);
  return { load: 32, from: data, at: 16 };
}

type Messages = Data & { bytes: Buffer };

function messageOf(p: ProgramBuilder, text: string, messages: readonly Message[]): Messages {
  const bytes = Buffer.concat(messages.map((each) => encode({ ...each, flags: each.flags | NLM_F_ACK })));
  return Object.assign(p.bytes(text, bytes), { bytes });
}

function send(p: ProgramBuilder, words: string, socket: Entry, messages: Messages): void {
  p.call(words, 'sendto', { result: socket }, messages, messages.size, 0, 0, 0);
}

/** The kernel answers each message in their order: what has become of it. */
function hear(p: ProgramBuilder, words: string, socket: Entry): Argument {
  const answer = p.space('answer', ANSWER_SIZE);
  p.call(words, 'recvfrom', { result: socket }, answer, ANSWER_SIZE, 0, 0, 0);
  return { load: 32, from: answer, at: ERROR_AT };
}

function openSocket(p: ProgramBuilder): Entry {
  return p.call('open a socket to the network', 'socket', AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, PROTOCOL);
}

/** A socket belongs to the network in which it was opened, wherever its owner goes then. */
function openSocketInside(p: ProgramBuilder, init: Argument, gone: Label): Entry {
  const leave = visitNetwork(p, init, gone);
  const socket = openSocket(p);
  leave();
  return socket;
}

/** Between the two calls the keeper is in the network of init, then again in its own. Goes on at `gone` as attachInit. */
export function visitNetwork(p: ProgramBuilder, init: Argument, gone: Label): () => void {
  const flags = O_RDONLY | O_CLOEXEC;
  const home = p.call('hold its own network', 'openat', AT_FDCWD, p.string('/proc/self/ns/net'), flags);
  const entered = p.attempt('go to the network of init', 'setns', init, CLONE_NEWNET);
  p.jump(gone, 'equal', { result: entered }, -ESRCH);
  p.fail('go to the network of init', { result: entered });
  return () => {
    p.call('go back to its own network', 'setns', { result: home }, CLONE_NEWNET);
    close(p, home);
  };
}

function parse(text: string) {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`"${text}" is no address`);
  return address;
}

function numberOf(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
