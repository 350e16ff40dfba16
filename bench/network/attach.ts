import { closeSync } from 'node:fs';
import type { NetworkInterface } from '../../src/backend/backend.ts';
import { nativeBackend } from '../../src/backend/native/native.ts';
import { newDescriptorBox, putInto } from '../../src/linux/descriptor-box.ts';
import type { Forward } from '../../src/network/port-maps.ts';
import { publishPorts, withdrawPorts } from '../../src/network/published.ts';
import { releaseReserved, reservePorts } from '../../src/network/reservation.ts';
import type { Party } from '../party.ts';
import { backendParty, type Joined, limitParty } from '../start/native.ts';
import { cgroupPrefix, type Workshop } from '../start/workshop.ts';
import type { BenchNetwork } from './bench-network.ts';
import { networkRecipe } from './messages.ts';

/** Ports of the machine, out of the range from which the kernel chooses. */
const FIRST_PORT = 20_700;

/** A container that is attached to a network, with a published port and without: C, and sc in process. */
export function attachParties(workshop: Workshop, network: BenchNetwork): Party[] {
  return [
    limitOf(workshop, network, 0, true),
    inProcess(workshop, network, 1, true),
    limitOf(workshop, network, 2, false),
    inProcess(workshop, network, 3, false),
  ];
}

/** C that sends the same messages. */
export function limitOf(workshop: Workshop, network: BenchNetwork, number: number, hasPort: boolean): Party {
  const place = network.place(number);
  const forward = hasPort ? network.forward(place, FIRST_PORT + number) : undefined;
  const party = limitParty(workshop, `-network${number}`, networkRecipe(place, network.table, forward));
  const note = 'sends the same netlink messages, the container those of its own interface: the limit';
  return {
    ...party,
    name: hasPort ? 'C, attached, -p' : 'C, attached',
    note: hasPort ? `${note}; no socket keeps others from the port` : note,
  };
}

/** The native backend and the ports of sc, called by a program that imports them. */
export function inProcess(
  workshop: Workshop,
  network: BenchNetwork,
  number: number,
  hasPort: boolean,
): Party {
  const backend = nativeBackend({
    root: workshop.directory,
    cgroupParent: `/${cgroupPrefix}-network${number}`,
  });
  const place = network.place(number);
  const forward = network.forward(place, FIRST_PORT + number);
  const name = hasPort ? 'sc in process, attached, -p' : 'sc in process, attached';
  const id = number.toString(16).repeat(64).slice(0, 64);
  const join = hasPort ? () => published(network, place, forward) : async () => attached(place);
  return backendParty(name, backend, workshop, id, join);
}

function attached(place: NetworkInterface): Joined {
  return {
    interfaces: [{ ...place, isReflected: false }],
    started: () => undefined,
    ended: () => undefined,
  };
}

async function published(
  { notes: { chains }, table }: BenchNetwork,
  place: NetworkInterface,
  forward: Forward,
): Promise<Joined> {
  const { protocol, port, target, targetPort } = forward;
  const addresses = ['0.0.0.0'];
  const wanted = { containerPort: targetPort, protocol, addresses, hostPorts: { first: port, last: port } };
  const reserved = await reservePorts([{ wanted, addresses }], async () => undefined);
  const box = newDescriptorBox();
  putInto(
    box,
    reserved.flatMap(({ sockets }) => sockets),
  );
  publishPorts(chains, table, [forward]);
  releaseReserved(reserved);
  return {
    interfaces: [place],
    holds: [box],
    started: () => closeSync(box),
    ended: () => withdrawPorts(chains, table, [target]),
  };
}
