import { closeSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { ScError } from '../errors/error.ts';
import { UndoStack } from '../execute/undo.ts';
import { isErrno } from '../linux/descriptor.ts';
import { keepIn, putInto } from '../linux/descriptor-box.ts';
import { reflect } from '../linux/netlink/link.ts';
import { RouteSocket } from '../linux/netlink/socket.ts';
import { portOf } from '../linux/port-socket.ts';
import { addressOf } from '../network/addresses.ts';
import { tableOf } from '../network/firewall.ts';
import { socketsIn } from '../network/held-box.ts';
import { publishPorts, withdrawPorts } from '../network/published.ts';
import { portName, type Reserved, releaseReserved } from '../network/reservation.ts';
import type { PortSpec } from '../schema/container-spec.ts';
import type { ContainerState, PublishedPort } from '../schema/container-state.ts';
import { networksOf } from './network/found.ts';
import { forwardsOf, lead, publishedOf, type Reaching, reserve } from './publish.ts';
import type { Workplace } from './workplace.ts';

interface Exchange {
  wanted: readonly PortSpec[];
  known: readonly PublishedPort[];
  network: Reaching;
  box: number;
}

/**
 * The order in which nobody is led where the record does not say so: what is new is recorded first, and what goes last.
 * Where a part fails, all is as it was.
 */
export async function exchangePorts(
  place: Workplace,
  state: ContainerState,
  { wanted, known, network, box }: Exchange,
): Promise<void> {
  const { id, name, endpoints = [], ports: before = [] } = state;
  const said = state.spec.network.ports ?? [];
  const inBox = socketsIn(box);
  const held = new Set(inBox.keys());
  let reserved: Reserved[] = [];
  const undo = new UndoStack();
  try {
    reserved = await reserve(place, { ...state, ports: [...known] }, wanted, network, inBox);
    const after = reserved.map(publishedOf);
    const meanwhile = {
      wanted: [...wanted, ...missing(said, wanted)],
      published: [...after, ...missing(before, after)],
    };
    undo.push(name, () => recordPorts(place, id, said, before));
    if (!isDeepStrictEqual(meanwhile, { wanted: said, published: before }))
      await recordPorts(place, id, meanwhile.wanted, meanwhile.published);
    undo.push(name, async () => {
      publishPorts(networksOf(place).chains, tableOf(network.state), forwardsTo(network, before));
      leadNowhereElse(place, box, network, before);
    });
    const sockets = reserved.flatMap((each) => each.sockets);
    putInto(
      box,
      sockets.filter((socket) => !held.has(portName(portOf(socket)))),
    );
    reflectAt(endpoints.filter(({ gateways }) => gateways.length > 0).map(({ port }) => port));
    await lead(place, network, reserved);
    leadNowhereElse(place, box, network, after);
    if (!isDeepStrictEqual(meanwhile, { wanted, published: after }))
      await recordPorts(place, id, wanted, after);
  } catch (error) {
    const failure = await undo.unwind(error);
    if (!isErrno(error, 'ENODEV')) throw failure;
    // Nobody is led to what is not there.
    withdrawPorts(networksOf(place).chains, tableOf(network.state), network.targets);
    throw new ScError('SC_WRONG_STATE', 'publish ports: its interface is gone, as of one that ends', {
      cause: failure,
      hint: `sc ps --all shows whether "${name}" runs; where it does, sc restart ${name} makes its interface anew`,
    });
  } finally {
    releaseReserved(reserved);
    for (const socket of inBox.values()) closeSync(socket);
  }
}

/** Takes away and lets go of all ports but these. */
function leadNowhereElse(
  place: Workplace,
  box: number,
  network: Reaching,
  ports: readonly PublishedPort[],
): void {
  const forwards = forwardsTo(network, ports);
  withdrawPorts(networksOf(place).chains, tableOf(network.state), network.targets, forwards);
  const names = new Set(
    ports.flatMap(({ protocol, hostPort: port, addresses }) =>
      addresses.map((address) => portName({ protocol, address: addressOf(address), port })),
    ),
  );
  keepIn(box, (socket) => names.has(portName(portOf(socket))));
}

function forwardsTo({ targets }: Reaching, ports: readonly PublishedPort[]) {
  return ports.flatMap((port) => forwardsOf(port, targets));
}

/** As those are that publish ports when they start. */
function reflectAt(ports: readonly string[]): void {
  const socket = new RouteSocket();
  try {
    for (const port of ports)
      socket.ask([{ words: `let "${port}" have back what it sends`, message: reflect(port) }]);
  } finally {
    socket.close();
  }
}

function missing<Port>(ports: readonly Port[], others: readonly Port[]): Port[] {
  return ports.filter((port) => !others.some((other) => isDeepStrictEqual(port, other)));
}

/** Which ports a container publishes, as they were asked for and as they are. */
export async function recordPorts(
  { store }: Workplace,
  id: string,
  wanted: readonly PortSpec[],
  published: readonly PublishedPort[],
): Promise<void> {
  await store.update(id, ({ ports: _, ...state }) => {
    const { ports, ...network } = state.spec.network;
    const said = wanted.length > 0 ? { ...network, ports: [...wanted] } : network;
    return {
      ...state,
      ...(published.length > 0 && { ports: [...published] }),
      spec: { ...state.spec, network: said },
    };
  });
}
