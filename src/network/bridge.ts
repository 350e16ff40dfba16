import { ScError } from '../errors/error.ts';
import { isErrno } from '../linux/descriptor.ts';
import type { Subnet } from '../linux/ip-address.ts';
import { formatSubnet } from '../linux/ip-address.ts';
import { newAddress } from '../linux/netlink/address.ts';
import {
  bringUp,
  deleteLink,
  getLink,
  getLinks,
  type Link,
  newBridge,
  parseLink,
} from '../linux/netlink/link.ts';
import { getRoutes, parseRoute, type Route } from '../linux/netlink/route.ts';
import { RouteSocket } from '../linux/netlink/socket.ts';
import type { NetworkState } from '../schema/network-state.ts';
import { addressOf, subnetOf } from './addresses.ts';
import { BRIDGES, tableOf } from './firewall.ts';
import { forwardingBy, ignoreRouters, type Notes, settingsToChange, type Uplinks } from './forwarding.ts';
import { rulesOf } from './network-rules.ts';
import type { Made } from './networks.ts';
import { refuseTaken, type TakenRange } from './pool.ts';
import { makeRules, removeRules } from './rules.ts';

/**
 * Sees to it that the bridge of a network is there with all that belongs to it, and answers its index. Last of all it
 * is brought up: one that is down was left half made by a killed sc, and is made anew.
 */
export function bridgeUp(network: NetworkState, notes: Notes): number {
  const { name, bridge, address, mtu, subnets, internal } = network;
  const words = `make network "${name}"`;
  return withSocket((socket) => {
    const found = find(socket, bridge);
    if (found !== undefined && !isOurs(found, network)) throw takenName(words, bridge);
    if (found?.isUp) return found.index;
    const routes = routesOf(socket).filter((route) => route.interface !== found?.index);
    const taken = rangesOf(socket, routes);
    for (const { subnet } of subnets) refuseTaken(words, subnetOf(subnet), taken);
    const forwarding = internal
      ? undefined
      : forwardingBy(uplinks(socket, routes, subnets), notes.forwarding);
    makeRules(words, notes.chains, [rulesOf(network), ...(forwarding?.rules ?? [])]);
    if (found) socket.ask([{ words, message: deleteLink(bridge) }]);
    socket.ask([
      {
        words: `${words}: make bridge "${bridge}"`,
        message: newBridge({ name: bridge, address, mtu }, BRIDGES),
      },
    ]);
    const index = find(socket, bridge)?.index ?? 0;
    socket.ask(
      subnets.map(({ subnet, gateway }) => ({
        words: `${words}: give the bridge ${gateway}`,
        message: newAddress(index, addressOf(gateway), subnetOf(subnet).prefix),
      })),
    );
    ignoreRouters(bridge);
    forwarding?.switchOn(bridge);
    socket.ask([{ words: `${words}: bring bridge "${bridge}" up`, message: bringUp(bridge) }]);
    return index;
  });
}

/** Takes the bridge and its rules away; no effect where there are none, or the bridge is somebody else's. */
export function bridgeDown(network: Made, notes: Notes): void {
  const { name, bridge } = network;
  const words = `take down network "${name}"`;
  withSocket((socket) => {
    const found = find(socket, bridge);
    if (found !== undefined && isOurs(found, network)) socket.ask([{ words, message: deleteLink(bridge) }]);
  });
  removeRules(words, notes.chains, tableOf(network));
}

/** The first of the names sc0, sc1, ... that no interface has, and no other network. */
export function freeBridgeName(taken: readonly string[]): string {
  return withSocket((socket) => {
    const names = new Set([...taken, ...linksOf(socket).map(({ name }) => name)]);
    for (let number = 0; ; number++) if (!names.has(`sc${number}`)) return `sc${number}`;
  });
}

/** Whether an interface of this name is there that is not the bridge of this network. */
export function isNameTaken(network: NetworkState): boolean {
  const found = withSocket((socket) => find(socket, network.bridge));
  return found !== undefined && !isOurs(found, network);
}

/** Whether any network of this machine is up, of whatever state root. */
export function isAnyBridgeUp(): boolean {
  return withSocket((socket) =>
    linksOf(socket).some(({ kind, group }) => kind === 'bridge' && group === BRIDGES),
  );
}

/** The settings of the machine that would be others while a network with these ranges is up. */
export function settingsForNetwork(subnets: NetworkState['subnets']): string[] {
  return withSocket((socket) => settingsToChange(uplinks(socket, routesOf(socket), subnets)));
}

/** The ranges that this machine has routes to. */
export function routedRanges(): TakenRange[] {
  return withSocket((socket) => rangesOf(socket, routesOf(socket)));
}

function rangesOf(socket: RouteSocket, routes: readonly Route[]): TakenRange[] {
  const names = new Map(linksOf(socket).map(({ index, name }) => [index, name]));
  return routes.flatMap(({ destination, interface: index }) => {
    if (isOfAll(destination) || isOfLinks(destination)) return [];
    const over = index === undefined ? '' : ` over ${names.get(index) ?? index}`;
    return [{ subnet: destination, holder: `route of this machine to ${formatSubnet(destination)}${over}` }];
  });
}

/** The way of all that has no other, or a half of it: tunnels have two of these in front of the one that was there. */
function isOfAll({ prefix }: Subnet): boolean {
  return prefix <= 1;
}

/** Every interface has fe80::/64, and ff00::/8. */
function isOfLinks({ family, value, prefix }: Subnet): boolean {
  return family === 6 && prefix >= 8 && value >> 118n >= 0x3fan;
}

/** By which all that has no other route is reached, of the families of these ranges. */
function uplinks(
  socket: RouteSocket,
  routes: readonly Route[],
  subnets: readonly Pick<NetworkState['subnets'][number], 'subnet'>[],
): Uplinks {
  const names = new Map(linksOf(socket).map(({ index, name }) => [index, name]));
  const families = new Set(subnets.map(({ subnet }) => subnetOf(subnet).family));
  const of = (family: 4 | 6) => {
    const defaults = routes.filter(({ destination: to }) => isOfAll(to) && to.family === family);
    const found = defaults.flatMap(({ interface: index }) =>
      index === undefined ? [] : (names.get(index) ?? []),
    );
    return families.has(family) ? [...new Set(found)] : [];
  };
  return { ipv4: of(4), ipv6: of(6) };
}

function isOurs({ kind, address }: Link, network: Made): boolean {
  return kind === 'bridge' && address === network.address;
}

function find(socket: RouteSocket, name: string): Link | undefined {
  try {
    const [answers] = socket.ask([{ words: `look for interface "${name}"`, message: getLink(name) }]);
    return answers?.[0] && parseLink(answers[0]);
  } catch (error) {
    if (isErrno(error, 'ENODEV')) return undefined;
    throw error;
  }
}

function linksOf(socket: RouteSocket): Link[] {
  return socket.dump({ words: 'look for interfaces', message: getLinks() }).map(parseLink);
}

function routesOf(socket: RouteSocket): Route[] {
  const found = socket.dump({ words: 'look for routes', message: getRoutes() }).map(parseRoute);
  return found.filter((route) => route !== undefined);
}

function takenName(words: string, bridge: string): ScError {
  return new ScError(
    'SC_EXISTS',
    `${words}: the machine has an interface "${bridge}" that is not of this network`,
    {
      hint: `ip link delete ${bridge}, if nobody needs it`,
    },
  );
}

function withSocket<Result>(use: (socket: RouteSocket) => Result): Result {
  const socket = new RouteSocket();
  try {
    return use(socket);
  } finally {
    socket.close();
  }
}
