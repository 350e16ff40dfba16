import { closeSync, fstatSync, readFileSync } from 'node:fs';
import { ScError } from '../errors/error.ts';
import { naming } from '../errors/reason.ts';
import { isErrno } from '../linux/descriptor.ts';
import { newDescriptorBox, putInto } from '../linux/descriptor-box.ts';
import type { IpAddress } from '../linux/ip-address.ts';
import { unless } from '../linux/link.ts';
import type { LocalPort } from '../linux/port-socket.ts';
import { addressOf } from '../network/addresses.ts';
import { tableOf } from '../network/firewall.ts';
import { forwardingBy, interfacesAt, letLoopbackOut, settingsToChange } from '../network/forwarding.ts';
import { socketsIn } from '../network/held-box.ts';
import { rulesOf } from '../network/network-rules.ts';
import { Networks } from '../network/networks.ts';
import { hinders, portHolder } from '../network/port-holder.ts';
import type { Forward } from '../network/port-maps.ts';
import { publishPorts, withdrawPorts } from '../network/published.ts';
import { describeReach, reachableAt } from '../network/reach.ts';
import {
  type OwnSockets,
  type Reserved,
  releaseReserved,
  reservePorts,
  type Wanted,
} from '../network/reservation.ts';
import { makeRules } from '../network/rules.ts';
import { samePorts } from '../network/same-ports.ts';
import type { ContainerSpec, PortSpec } from '../schema/container-spec.ts';
import type { ContainerState, Endpoint, PublishedPort } from '../schema/container-state.ts';
import type { NetworkState } from '../schema/network-state.ts';
import { bare } from './network/claim.ts';
import type { Workplace } from './workplace.ts';

/** The ports of a container that is being started. */
export interface Publication {
  /** What its keeper has to hold: with the last copy of it the ports are everybody's again. */
  holds: number[];
  /** What is recorded of them. */
  record: Pick<ContainerState, 'ports' | 'portsSocket'>;
  /** Closes what the keeper has a copy of now. */
  release(): void;
  /** Leads nobody there any more. */
  withdraw(): void;
}

export type Publishing = Pick<ContainerState, 'id' | 'name' | 'spec' | 'ports'>;

/**
 * Reserves the ports of a container and leads who comes to them there. Its networks have to be up. Those in the box `held`
 * are held for it already. Throws SC_EXISTS for a port that somebody has, with nothing changed.
 */
export async function publish(
  place: Workplace,
  container: Publishing,
  ports: readonly PortSpec[],
  endpoints: readonly Endpoint[],
  held?: number,
): Promise<Publication> {
  const network = networkOf(place, container, endpoints);
  const own: OwnSockets = held === undefined ? new Map() : socketsIn(held);
  const reserved = await reserve(place, container, ports, network, own).finally(() => {
    for (const socket of own.values()) closeSync(socket);
  });
  const box = newDescriptorBox();
  try {
    putInto(
      box,
      reserved.flatMap(({ sockets }) => sockets),
    );
    await lead(place, network, reserved);
  } catch (error) {
    closeSync(box);
    throw error;
  } finally {
    releaseReserved(reserved);
  }
  return {
    holds: [box],
    record: { ports: reserved.map(publishedOf), portsSocket: fstatSync(box).ino },
    release: () => closeSync(box),
    withdraw: () =>
      withdrawPorts(new Networks(place.settings.root).chains, tableOf(network.state), network.targets),
  };
}

/** Leads nobody to a container any more; no effect where nobody is. */
export function withdraw({ settings }: Workplace, { ports, spec, endpoints = [] }: ContainerState): void {
  if (ports === undefined && spec.network.ports === undefined) return;
  const networks = new Networks(settings.root);
  for (const { network, addresses } of endpoints) {
    const found = networks.made(network);
    if (found) withdrawPorts(networks.chains, tableOf(found), addresses.map(bare).map(addressOf));
  }
}

/** A network by which a container is reached, and its addresses there. */
export interface Reaching {
  state: NetworkState;
  targets: IpAddress[];
}

/** The one that leads to what is outside. */
export function networkOf(
  { settings }: Workplace,
  { name }: Pick<ContainerState, 'name'>,
  endpoints: readonly Endpoint[],
): Reaching {
  const endpoint = endpoints.find(({ gateways }) => gateways.length > 0);
  const state = endpoint && new Networks(settings.root).find(endpoint.network);
  if (endpoint === undefined || state === undefined)
    throw new ScError('SC_UNSUPPORTED', `publish ports of "${name}": its networks end at this machine`, {
      hint: 'attach it to a network that is not internal, such as --network bridge',
    });
  return { state, targets: targetsOf(endpoint) };
}

/** Its addresses there, of the families of which all that has no other way goes out there. */
function targetsOf({ addresses, gateways }: Pick<Endpoint, 'addresses' | 'gateways'>): IpAddress[] {
  const families = new Set(gateways.map((gateway) => addressOf(gateway).family));
  return addresses
    .map(bare)
    .map(addressOf)
    .filter(({ family }) => families.has(family));
}

/**
 * `own` are what the container has already. Throws SC_EXISTS, and SC_UNSUPPORTED for an address by which the container
 * cannot be reached.
 */
export async function reserve(
  place: Workplace,
  container: Publishing,
  ports: readonly PortSpec[],
  network: Reaching,
  own?: OwnSockets,
): Promise<Reserved[]> {
  const wanted = reachable(container, ports, network);
  return naming(`"${container.name}"`, () =>
    reservePorts(wanted, (port) => holderOf(place, container.id, port), own),
  );
}

/** Ports with the addresses at which they can be reached. Throws SC_UNSUPPORTED for one that cannot. */
export function reachable(
  container: Publishing,
  ports: readonly PortSpec[],
  { state, targets }: Reaching,
): Wanted[] {
  const families = new Set(targets.map(({ family }) => family));
  const published = samePorts(ports, container.ports ?? []);
  return ports.map((port, index) => {
    const fit = reachableAt(port, families, state.name);
    if ('reason' in fit)
      throw new ScError(
        'SC_UNSUPPORTED',
        `publish ${port.containerPort}/${port.protocol} of "${container.name}" at ${port.addresses.join(' and ')}: ${fit.reason}`,
      );
    return { wanted: port, addresses: fit.addresses, earlier: published[index]?.hostPort };
  });
}

/** Leads who comes to ports that are reserved to the container. */
export async function lead(
  place: Workplace,
  { state, targets }: Reaching,
  reserved: readonly Reserved[],
): Promise<void> {
  const forwards = reserved.flatMap((each) => forwardsOf(publishedOf(each), targets));
  const networks = new Networks(place.settings.root);
  letLoopbackOut(state.bridge);
  const uplinks = interfacesAt(reserved.flatMap(({ addresses }) => addresses));
  if (settingsToChange(uplinks).length > 0)
    await networks.exclusively(() => {
      const { rules, switchOn } = forwardingBy(uplinks, networks.forwarding);
      makeRules(`publish ports in network "${state.name}"`, networks.chains, rules);
      switchOn(state.bridge);
    });
  try {
    publishPorts(networks.chains, tableOf(state), forwards);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    await networks.exclusively(() => restoreRules(place, networks, state));
    publishPorts(networks.chains, tableOf(state), forwards);
  }
}

/** Somebody has flushed the rules of the machine (`nft flush ruleset`): they are made anew, for all who are there. */
export async function restoreRules(
  place: Workplace,
  { chains, forwarding }: Networks,
  network: NetworkState,
): Promise<void> {
  const { rules } = forwardingBy({ ipv4: [], ipv6: [] }, forwarding);
  makeRules(`make the rules of network "${network.name}" anew`, chains, [rulesOf(network), ...rules]);
  const { containers } = await place.store.list();
  const attached = containers.filter(({ status }) => status === 'running' || status === 'paused');
  for (const { ports = [], endpoints = [] } of attached) {
    const endpoint = endpoints.find((each) => each.network === network.name && each.gateways.length > 0);
    const targets = endpoint === undefined ? [] : targetsOf(endpoint);
    publishPorts(
      chains,
      tableOf(network),
      ports.flatMap((port) => forwardsOf(port, targets)),
    );
  }
}

export function publishedOf({ wanted, addresses, hostPort }: Reserved): PublishedPort {
  const { containerPort, protocol } = wanted;
  return { containerPort, protocol, hostPort, addresses: [...addresses] };
}

/** From where ports can be reached, a line each. */
export function describePorts(ports: readonly PublishedPort[]): string[] {
  return ports.map(({ hostPort, ...port }) =>
    describeReach({ ...port, hostPorts: { first: hostPort, last: hostPort } }, isRouter6()),
  );
}

/** The same of ports that a container is to publish in a network. */
export function plannedReach(
  { network }: Pick<ContainerSpec, 'network'>,
  endpoints: readonly (Pick<Endpoint, 'addresses' | 'gateways'> & Partial<Pick<Endpoint, 'network'>>)[],
): { message: string; isReached: boolean }[] {
  const endpoint = endpoints.find(({ gateways }) => gateways.length > 0);
  return (network.ports ?? []).map((port) => {
    const fit = endpoint === undefined ? { reason: endHere(network) } : reachableIn(endpoint, port);
    if ('reason' in fit) {
      const words = `${port.containerPort}/${port.protocol} at ${port.addresses.join(' and ')}`;
      return { message: `${words}: ${fit.reason}`, isReached: false };
    }
    const { hostPorts } = port;
    return {
      message: describeReach({ ...port, addresses: fit.addresses, hostPorts }, isRouter6()),
      isReached: true,
    };
  });
}

function reachableIn(
  endpoint: Pick<Endpoint, 'addresses' | 'gateways'> & Partial<Pick<Endpoint, 'network'>>,
  port: PortSpec,
): ReturnType<typeof reachableAt> {
  const families = new Set(targetsOf(endpoint).map(({ family }) => family));
  return reachableAt(port, families, endpoint.network ?? '');
}

/** Why a container of internal networks alone publishes nothing. */
function endHere({ networks = [] }: Pick<ContainerSpec['network'], 'networks'>): string {
  const names = networks.map(({ name }) => `"${name}"`).join(' and ');
  const [which, what] = networks.length === 1 ? ['network', 'ends'] : ['networks', 'end'];
  return `${which} ${names} ${what} at this machine (internal); attach it to one that does not, such as bridge`;
}

function isRouter6(): boolean {
  const path = '/proc/sys/net/ipv6/conf/all/forwarding';
  return unless(['ENOENT'], () => readFileSync(path, 'latin1').trim()) === '1';
}

export function forwardsOf(
  { containerPort, protocol, hostPort, addresses }: PublishedPort,
  targets: readonly IpAddress[],
): Forward[] {
  return addresses.map(addressOf).flatMap((address) => {
    const target = targets.find(({ family }) => family === address.family);
    return target ? [{ protocol, address, port: hostPort, target, targetPort: containerPort }] : [];
  });
}

/** Who has a port: another container, or a process; at last one that is being started, and whose ports nobody knows yet. */
async function holderOf(place: Workplace, id: string, port: LocalPort): Promise<string | undefined> {
  const others = (await place.store.list()).containers.filter((state) => state.id !== id);
  const isThere = ({ protocol, addresses }: Pick<PublishedPort, 'protocol' | 'addresses'>) =>
    protocol === port.protocol && addresses.some((address) => hinders(addressOf(address), port.address));
  const has = (published: PublishedPort) => published.hostPort === port.port && isThere(published);
  for (const state of others.filter(({ ports }) => ports?.some(has))) {
    const { status } = await place.observe(state);
    if (status === 'running' || status === 'paused') return `container "${state.name}"`;
  }
  const wants = ({ hostPorts, ...wanted }: PortSpec) =>
    hostPorts && hostPorts.first <= port.port && port.port <= hostPorts.last && isThere(wanted);
  const starting = others.find(
    ({ status, spec }) =>
      (status === 'creating' || status === 'created') && spec.network.ports?.some(wants) === true,
  );
  // Held by the monitor, in a box that shows in /proc as no socket of its.
  const waiting = others.find(({ restarts, ports }) => restarts?.nextAt !== undefined && ports?.some(has));
  const container = starting ?? waiting;
  return portHolder(port) ?? (container && `container "${container.name}"`);
}
