import { closeSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { ScError } from '../errors/error.ts';
import { UndoStack } from '../execute/undo.ts';
import { keepIn, putInto } from '../linux/descriptor-box.ts';
import { reflect } from '../linux/netlink/link.ts';
import { RouteSocket } from '../linux/netlink/socket.ts';
import { portOf } from '../linux/port-socket.ts';
import { addressOf } from '../network/addresses.ts';
import { tableOf } from '../network/firewall.ts';
import { heldBox, socketsIn } from '../network/held-box.ts';
import { publishPorts, withdrawPorts } from '../network/published.ts';
import { portName, type Reserved, releaseReserved } from '../network/reservation.ts';
import { samePorts } from '../network/same-ports.ts';
import type { PortSpec } from '../schema/container-spec.ts';
import type { ContainerState, PublishedPort } from '../schema/container-state.ts';
import { forwardsOf, lead, networkOf, publishedOf, type Reaching, reachable, reserve } from './publish.ts';
import { letGoOfPorts } from './tell-ports.ts';
import type { Workplace } from './workplace.ts';

/**
 * Publishes these ports of a container and no others, at once where it runs, and at its next start where it does not.
 * What stays is not interrupted. Nobody is ever led where the record does not say so: who is killed on the way has
 * recorded more than he has done, and whoever asks for the same again does the rest. Answers what takes it back; throws
 * SC_EXISTS for a port that somebody has, with nothing changed. Only for who has the container to himself.
 */
export async function changePorts(
  place: Workplace,
  state: ContainerState,
  wanted: readonly PortSpec[],
  known: readonly PublishedPort[] = state.ports ?? [],
): Promise<() => Promise<void>> {
  const { id, spec, ports = [] } = state;
  if (wanted.length > 0 || isUp(state)) await publishThese(place, state, wanted, known);
  else await record(place, id, [], []);
  // What is held for one that waits is that of before; it gets what is free then.
  if (!isUp(state)) await letGoOfPorts(state);
  return async () => {
    const now = await place.observe(await place.store.find(id));
    await changePorts(place, now, spec.network.ports ?? [], ports);
  };
}

/** Of those that are `known` they get the same ports of the machine again. */
async function publishThese(
  place: Workplace,
  state: ContainerState,
  wanted: readonly PortSpec[],
  known: readonly PublishedPort[],
): Promise<void> {
  const { id, name, endpoints = [] } = state;
  const { mode } = state.spec.network;
  if (mode !== 'network')
    throw new ScError('SC_WRONG_STATE', `publish ports: network mode "${mode}" publishes none`, {
      hint: `make "${name}" with a network of its own, such as --network bridge`,
    });
  const network = networkOf(place, state, endpoints);
  if (isUp(state)) return withBox(state, (box) => exchange(place, state, { wanted, known, network, box }));
  reachable(state, wanted, network);
  const published = samePorts(wanted, known).filter((port) => port !== undefined);
  await record(place, id, wanted, published);
}

interface Exchange {
  wanted: readonly PortSpec[];
  known: readonly PublishedPort[];
  network: Reaching;
  box: number;
}

async function exchange(
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
    undo.push(name, () => record(place, id, said, before));
    if (!isDeepStrictEqual(meanwhile, { wanted: said, published: before }))
      await record(place, id, meanwhile.wanted, meanwhile.published);
    undo.push(name, async () => {
      publishPorts(tableOf(network.state), forwardsTo(network, before));
      leadNowhereElse(box, network, before);
    });
    const sockets = reserved.flatMap((each) => each.sockets);
    putInto(
      box,
      sockets.filter((socket) => !held.has(portName(portOf(socket)))),
    );
    reflectAt(endpoints.filter(({ gateways }) => gateways.length > 0).map(({ port }) => port));
    await lead(place, network, reserved);
    leadNowhereElse(box, network, after);
    if (!isDeepStrictEqual(meanwhile, { wanted, published: after })) await record(place, id, wanted, after);
  } catch (error) {
    throw await undo.unwind(error);
  } finally {
    releaseReserved(reserved);
    for (const socket of inBox.values()) closeSync(socket);
  }
}

/** Takes away and lets go of all ports but these. */
function leadNowhereElse(box: number, network: Reaching, ports: readonly PublishedPort[]): void {
  const forwards = forwardsTo(network, ports);
  withdrawPorts(tableOf(network.state), network.targets, forwards);
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

/** Throws SC_WRONG_STATE where its keeper has none. */
async function withBox(
  { name, keeper, portsSocket }: ContainerState,
  use: (box: number) => Promise<void>,
): Promise<void> {
  const box = keeper && portsSocket !== undefined ? heldBox(keeper, portsSocket) : undefined;
  if (box === undefined)
    throw new ScError('SC_WRONG_STATE', 'publish ports: its keeper cannot hold any', {
      hint: `it was started without a network of its own, or by an earlier sc: sc stop ${name}, change them, and start it again`,
    });
  try {
    await use(box);
  } finally {
    closeSync(box);
  }
}

async function record(
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

function isUp({ status }: ContainerState): boolean {
  return status === 'running' || status === 'paused';
}
