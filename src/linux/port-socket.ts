import { closeSync } from 'node:fs';
import { AF_INET, AF_INET6, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET } from './constants.ts';
import { isErrno } from './descriptor.ts';
import { addressBytes, addressOfBytes, type IpAddress } from './ip-address.ts';
import { declare } from './libc.ts';

const SO_REUSEADDR = 2;
const SO_TYPE = 3;
const SO_RCVBUF = 8;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const SHUT_RDWR = 2;

/** struct sockaddr_in: family u16, port u16 of the network's order, address; sockaddr_in6 has 4 bytes between. */
const SIZE = { 4: 16, 6: 28 } as const;
const ADDRESS_AT = { 4: 4, 6: 8 } as const;

const openSocket = declare<[number, number, number]>('int socket(int domain, int type, int protocol)');
const bind = declare<[number, Buffer, number]>('int bind(int fd, const void *address, unsigned int size)');
const listen = declare<[number, number]>('int listen(int fd, int backlog)');
const shutdown = declare<[number, number]>('int shutdown(int fd, int how)');
const getName = declare<[number, Buffer, Buffer]>('int getsockname(int fd, void *address, void *size)');
const getOption = declare<[number, number, number, Buffer, Buffer]>(
  'int getsockopt(int fd, int level, int name, void *value, void *length)',
);
const setOption = declare<[number, number, number, Buffer, number]>(
  'int setsockopt(int fd, int level, int name, const void *value, unsigned int length)',
);

/** A port of the machine, at one of its addresses or at all of a family. */
export interface LocalPort {
  protocol: 'tcp' | 'udp';
  address: IpAddress;
  /** 0 is any that is free. */
  port: number;
}

/**
 * A socket that has a port, so that nobody else can, and at which nobody listens. Throws EADDRINUSE where somebody has
 * it, and EADDRNOTAVAIL for an address that is none of this machine's. Who gets it closes it.
 */
export function reservePort(wanted: LocalPort): number {
  try {
    return bound(wanted);
  } catch (error) {
    if (!isErrno(error, 'EADDRINUSE') || wanted.protocol === 'udp') throw error;
    return boundAmongOld(wanted);
  }
}

/** Which port a socket has. */
export function portOf(socket: number): LocalPort {
  const [bytes, size] = [Buffer.alloc(64), Buffer.from([64, 0, 0, 0])];
  getName(socket, bytes, size);
  const family = bytes.readUInt16LE(0) === AF_INET ? 4 : 6;
  const at = ADDRESS_AT[family];
  const address = addressOfBytes(bytes.subarray(at, at + (family === 4 ? 4 : 16)));
  const type = Buffer.alloc(4);
  getOption(socket, SOL_SOCKET, SO_TYPE, type, Buffer.from([4, 0, 0, 0]));
  const protocol = type.readInt32LE() === SOCK_STREAM ? 'tcp' : 'udp';
  return { protocol, address, port: bytes.readUInt16BE(2) };
}

function bound(wanted: LocalPort, prepare: (socket: number) => void = () => undefined): number {
  const { protocol, address, port } = wanted;
  const { family } = address;
  const type = (protocol === 'tcp' ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC;
  const socket = openSocket(family === 4 ? AF_INET : AF_INET6, type, 0);
  try {
    if (family === 6) set(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    // What is not passed on would be kept for nobody.
    if (protocol === 'udp') set(socket, SOL_SOCKET, SO_RCVBUF, 0);
    prepare(socket);
    const bytes = Buffer.alloc(SIZE[family]);
    bytes.writeUInt16LE(family === 4 ? AF_INET : AF_INET6, 0);
    bytes.writeUInt16BE(port, 2);
    addressBytes(address).copy(bytes, ADDRESS_AT[family]);
    bind(socket, bytes, bytes.length);
    return socket;
  } catch (error) {
    closeSync(socket);
    throw error;
  }
}

/**
 * The same where connections of a server that has gone are still waited for (TIME_WAIT), which does not hinder who
 * shares the address. Another who does so too, and has the port, is found when it would be listened at.
 */
function boundAmongOld(wanted: LocalPort): number {
  const socket = bound(wanted, (fresh) => set(fresh, SOL_SOCKET, SO_REUSEADDR, 1));
  try {
    set(socket, SOL_SOCKET, SO_REUSEADDR, 0);
    listen(socket, 0);
    // It keeps the port that it was bound to.
    shutdown(socket, SHUT_RDWR);
    return socket;
  } catch (error) {
    closeSync(socket);
    throw error;
  }
}

function set(socket: number, level: number, name: number, value: number): void {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  setOption(socket, level, name, bytes, bytes.length);
}
