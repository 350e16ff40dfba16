import { networkInterfaces } from 'node:os';
import { isErrno } from '../linux/descriptor.ts';
import type { IpAddress } from '../linux/ip-address.ts';
import { type Flow, forgetFlows } from '../linux/netlink/flows.ts';
import { type MapElement, MapElements } from '../linux/netlink/map-elements.ts';
import type { LocalPort } from '../linux/port-socket.ts';
import { addressOf } from './addresses.ts';
import {
  type Forward,
  isOfUdp,
  keyOf,
  leadsTo,
  mapOf,
  placeOf,
  portMaps,
  portOfKey,
  targetBytes,
} from './port-maps.ts';
import { leadByChains, withdrawByChains } from './published-chains.ts';
import { areChains } from './rules.ts';

/**
 * Leads who comes to ports of the machine to a container of the network with these rules. Only for who has reserved
 * them: what a container has left that nobody has taken away is replaced. `notes` says what the rules are. Throws ENOENT
 * where they are gone.
 */
export function publishPorts(notes: string, rules: string, forwards: readonly Forward[]): void {
  if (areChains(notes, rules)) leadByChains(`publish ${forwards.map(placeOf).join(', ')}`, rules, forwards);
  else leadByMaps(rules, forwards);
  forgetUnled(forwards);
}

/** Takes away what leads to these addresses but for ports that are `kept`; no effect where nothing does. */
export function withdrawPorts(
  notes: string,
  rules: string,
  targets: readonly IpAddress[],
  kept: readonly LocalPort[] = [],
): void {
  const ports = areChains(notes, rules)
    ? withdrawnChains(rules, targets, kept)
    : withdrawnElements(rules, targets, kept);
  if (ports.size === 0) return;
  const isLed = ({ isUdp, port, destination, answerer }: Flow) =>
    isUdp &&
    ports.has(port) &&
    !isSame(destination, answerer) &&
    targets.some((one) => isSame(one, answerer));
  forgetFlows('forget who came by ports that are withdrawn', isLed);
}

function leadByMaps(table: string, forwards: readonly Forward[]): void {
  withMaps(table, (maps) => {
    for (const [map, group] of Map.groupBy(forwards, mapOf)) {
      const words = `publish ${group.map(placeOf).join(', ')}`;
      const elements = group.map((each) => ({
        key: keyOf(each),
        value: targetBytes(each.target, each.targetPort),
      }));
      try {
        maps.add(words, map, elements);
      } catch (error) {
        if (!isErrno(error, 'EBUSY') && !isErrno(error, 'EEXIST')) throw error;
        const wanted = new Set(elements.map(({ key }) => key.toString('hex')));
        removeWhere(maps, map, ({ key }) => wanted.has(key.toString('hex')));
        maps.add(words, map, elements);
      }
    }
  });
}

/** Answers the ports of UDP that are withdrawn. */
function withdrawnElements(
  table: string,
  targets: readonly IpAddress[],
  kept: readonly LocalPort[],
): Set<number> {
  const isKept = new Set(kept.map((port) => `${mapOf(port)} ${keyOf(port).toString('hex')}`));
  const removed = withMaps(table, (maps) =>
    portMaps.flatMap(({ name }) =>
      removeWhere(
        maps,
        name,
        ({ key, value }) => leadsTo(value, targets) && !isKept.has(`${name} ${key.toString('hex')}`),
      ),
    ),
  );
  return new Set(removed.filter(({ key }) => isOfUdp(key)).map(({ key }) => portOfKey(key)));
}

/** The same of chains. */
function withdrawnChains(
  rules: string,
  targets: readonly IpAddress[],
  kept: readonly LocalPort[],
): Set<number> {
  const placeIn = (port: LocalPort) => `${mapOf(port)} ${keyOf(port).toString('hex')}`;
  const isKept = new Set(kept.map(placeIn));
  const withdrawn = withdrawByChains(
    `withdraw ports of "${rules}"`,
    rules,
    (led) => targets.some((one) => isSame(one, led.target)) && !isKept.has(placeIn(led)),
  );
  return new Set(withdrawn.filter(({ protocol }) => protocol === 'udp').map(({ port }) => port));
}

/**
 * Who has sent to such a port before it was published, and goes on, would be led nowhere for as long as he does: the
 * rules are asked for the first packet of a flow alone, and one of UDP has no end but silence.
 */
function forgetUnled(forwards: readonly Forward[]): void {
  const udp = forwards.filter(({ protocol }) => protocol === 'udp');
  if (udp.length === 0) return;
  const own = ownAddresses();
  const isOwn = (address: IpAddress) => own.some((one) => isSame(one, address)) || isLoopback(address);
  const isMeant = ({ isUdp, port, destination, answerer, answererPort }: Flow) =>
    isUdp &&
    isOwn(destination) &&
    udp.some(
      (each) =>
        each.port === port &&
        each.address.family === destination.family &&
        (each.address.value === 0n || isSame(each.address, destination)) &&
        !(isSame(each.target, answerer) && each.targetPort === answererPort),
    );
  forgetFlows('forget who came before ports were published', isMeant);
}

function ownAddresses(): IpAddress[] {
  return Object.values(networkInterfaces()).flatMap((own = []) =>
    own.map(({ address }) => addressOf(address)),
  );
}

function isLoopback({ family, value }: IpAddress): boolean {
  return family === 4 && value >> 24n === 127n;
}

function isSame(one: IpAddress, other: IpAddress): boolean {
  return one.family === other.family && one.value === other.value;
}

function removeWhere(
  maps: MapElements,
  map: string,
  isMeant: (element: MapElement) => boolean,
): MapElement[] {
  const words = `withdraw ports of map "${map}"`;
  try {
    const meant = maps.all(words, map).filter(isMeant);
    if (meant.length > 0)
      maps.remove(
        words,
        map,
        meant.map(({ key }) => key),
      );
    return meant;
  } catch (error) {
    // The network was taken down, or somebody has flushed its rules.
    if (!isErrno(error, 'ENOENT')) throw error;
    return [];
  }
}

function withMaps<Result>(table: string, use: (maps: MapElements) => Result): Result {
  const maps = new MapElements(table);
  try {
    return use(maps);
  } finally {
    maps.close();
  }
}
