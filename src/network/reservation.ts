import { closeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { ScError } from '../errors/error.ts';
import { errnoOf } from '../errors/reason.ts';
import { isErrno } from '../linux/descriptor.ts';
import { formatAddress, type IpAddress } from '../linux/ip-address.ts';
import { type LocalPort, portOf, reservePort } from '../linux/port-socket.ts';
import type { PortSpec } from '../schema/container-spec.ts';
import { addressOf } from './addresses.ts';
import { placeOf } from './port-maps.ts';

/** Milliseconds in which a port is free whose keeper was killed, and between two tries. */
const PATIENCE = 500;
const PAUSE = 10;

/** How often a free port of one address is looked for that is free at the others too. */
const TRIES = 100;

/** A port that is to be published. */
export interface Wanted {
  wanted: PortSpec;
  /** Of the machine, those of `wanted` from which the container can be reached. */
  addresses: readonly string[];
  /** The port of the machine that it had when it last ran. */
  earlier?: number | undefined;
}

/** Sockets by the names of their ports. What is taken out is for who has taken it to close. */
export type OwnSockets = Map<string, number>;

/** One whose port of the machine is reserved. */
export interface Reserved extends Pick<Wanted, 'wanted' | 'addresses'> {
  hostPort: number;
  sockets: number[];
}

/**
 * Reserves the ports of the machine by which those of a container are to be reached, all or none, at these of its
 * addresses; a free one is that of `earlier` where that is still free. `holder` tells who has one, and `own` are those
 * that the container has. Throws SC_EXISTS.
 */
export async function reservePorts(
  ports: readonly Wanted[],
  holder: (port: LocalPort) => Promise<string | undefined>,
  own: OwnSockets = new Map(),
): Promise<Reserved[]> {
  const reserved: Reserved[] = [];
  try {
    for (const wanted of ports) reserved.push(await reserveInTime(wanted, holder, { reserved, own }));
    return reserved;
  } catch (error) {
    releaseReserved(reserved);
    throw error;
  }
}

/** A port that nobody is known to have may be that of a keeper that was killed, which the kernel is about to close. */
async function reserveInTime(
  { wanted, addresses, earlier }: Wanted,
  holder: (port: LocalPort) => Promise<string | undefined>,
  { reserved, own }: { reserved: readonly Reserved[]; own: OwnSockets },
): Promise<Reserved> {
  const { protocol, hostPorts } = wanted;
  const places = addresses.map(addressOf);
  for (const port of earlier === undefined ? [] : [earlier]) {
    const found = await tryInTime(() => reserveAt({ protocol, addresses: places, port }, own), holder);
    if (!('taken' in found)) return { wanted, addresses, ...found };
  }
  const isOwn = (taken: LocalPort) =>
    reserved.some((other) => other.hostPort === taken.port && other.wanted.protocol === protocol) ||
    [...own.values()].map(portOf).some((other) => other.port === taken.port && other.protocol === protocol);
  const known = async (taken: LocalPort) => (isOwn(taken) ? 'the container itself' : holder(taken));
  const found = await tryInTime(() => reserveFirst({ protocol, addresses: places, hostPorts }, own), known);
  if ('taken' in found) throw refusal(wanted, found.taken, await known(found.taken));
  return { wanted, addresses, ...found };
}

async function tryInTime(
  attempt: () => Found | { taken: LocalPort },
  holder: (port: LocalPort) => Promise<string | undefined>,
): Promise<Found | { taken: LocalPort }> {
  for (let waited = 0; ; waited += PAUSE) {
    const found = attempt();
    if (!('taken' in found) || waited >= PATIENCE || (await holder(found.taken)) !== undefined) return found;
    await setTimeout(PAUSE);
  }
}

export function releaseReserved(reserved: readonly Reserved[]): void {
  for (const { sockets } of reserved) for (const socket of sockets) closeSync(socket);
}

type Found = Pick<Reserved, 'hostPort' | 'sockets'>;

/** The first that is free, or any: the kernel chooses it then (ip_local_port_range, ip(7)). */
function reserveFirst(
  {
    protocol,
    addresses,
    hostPorts: range,
  }: Pick<PortSpec, 'protocol'> & { hostPorts: PortSpec['hostPorts']; addresses: readonly IpAddress[] },
  own: OwnSockets,
): Found | { taken: LocalPort } {
  const count = range === undefined ? TRIES : range.last - range.first + 1;
  let taken: LocalPort | undefined;
  for (let index = 0; index < count; index++) {
    const port = range === undefined ? 0 : range.first + index;
    const found = reserveAt({ protocol, addresses, port }, own);
    if (!('taken' in found)) return found;
    taken ??= found.taken;
  }
  return { taken: taken ?? { protocol, address: { family: 4, value: 0n }, port: 0 } };
}

/** The same port at each of these addresses. */
function reserveAt(
  { protocol, addresses, port: wanted }: Omit<LocalPort, 'address'> & { addresses: readonly IpAddress[] },
  own: OwnSockets,
): Found | { taken: LocalPort } {
  const sockets: number[] = [];
  const before = new Map(own);
  let port = wanted;
  for (const address of addresses) {
    try {
      const socket = takeOwn(own, { protocol, address, port }) ?? reservePort({ protocol, address, port });
      sockets.push(socket);
      port = portOf(socket).port;
    } catch (error) {
      for (const socket of sockets) if (!giveBack(own, before, socket)) closeSync(socket);
      if (isErrno(error, 'EADDRINUSE')) return { taken: { protocol, address, port } };
      throw unusable({ protocol, address, port }, error);
    }
  }
  return { hostPort: port, sockets };
}

function takeOwn(own: OwnSockets, port: LocalPort): number | undefined {
  const name = portName(port);
  const socket = own.get(name);
  own.delete(name);
  return socket;
}

/** Answers whether it was one of them. */
function giveBack(own: OwnSockets, before: OwnSockets, socket: number): boolean {
  const [name] = [...before].find(([, one]) => one === socket) ?? [];
  if (name !== undefined) own.set(name, socket);
  return name !== undefined;
}

/** `0.0.0.0:5000/tcp` */
export function portName(port: LocalPort): string {
  return `${placeOf(port)}/${port.protocol}`;
}

function unusable(port: LocalPort, cause: unknown): ScError {
  const words = `publish ${portName(port)}`;
  const errno = errnoOf(cause);
  if (errno === 'EADDRNOTAVAIL')
    return new ScError(
      'SC_NOT_FOUND',
      `${words}: this machine has no address ${formatAddress(port.address)}`,
      {
        cause,
        hint: 'ip address shows those that it has',
      },
    );
  return new ScError('SC_SYSTEM_CALL', `${words}: ${errno}`, {
    cause,
    ...(errno !== undefined && { errno }),
  });
}

function refusal({ protocol, hostPorts }: PortSpec, taken: LocalPort, holder: string | undefined): ScError {
  if (hostPorts === undefined)
    return new ScError('SC_EXISTS', `publish a free port of ${protocol}: none is free`, {
      hint: 'see net.ipv4.ip_local_port_range, or name a port',
    });
  const { first, last } = hostPorts;
  const who = holder ?? 'somebody who does not show in /proc/net';
  const what = first === last ? placeOf(taken) : `one of the ports ${first}-${last}`;
  const why = first === last ? `${who} has it` : `all are taken; ${who} has ${taken.port}`;
  return new ScError('SC_EXISTS', `publish ${what}/${protocol}: ${why}`, {
    errno: 'EADDRINUSE',
    hint: 'choose another port of the machine, or none to get a free one',
  });
}
