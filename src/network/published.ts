import { isErrno } from '../linux/descriptor.ts';
import type { IpAddress } from '../linux/ip-address.ts';
import { MapElements } from '../linux/netlink/map-elements.ts';
import type { LocalPort } from '../linux/port-socket.ts';
import { keyOf, leadsTo, mapOf, placeOf, portMaps, targetBytes } from './port-maps.ts';

/** Where who comes to a port of the machine is led. */
export interface Forward extends LocalPort {
  target: IpAddress;
  targetPort: number;
}

/**
 * Leads who comes to ports of the machine to a container of the network with this table. Only for who has reserved
 * them: what a container has left that nobody has taken away is replaced. Throws ENOENT where the rules are gone.
 */
export function publishPorts(table: string, forwards: readonly Forward[]): void {
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

/** Takes away what leads to these addresses; no effect where nothing does. */
export function withdrawPorts(table: string, targets: readonly IpAddress[]): void {
  withMaps(table, (maps) => {
    for (const { name } of portMaps) removeWhere(maps, name, ({ value }) => leadsTo(value, targets));
  });
}

function removeWhere(
  maps: MapElements,
  map: string,
  isMeant: (element: { key: Buffer; value: Buffer }) => boolean,
): void {
  const words = `withdraw ports of map "${map}"`;
  try {
    const meant = maps.all(words, map).filter(isMeant);
    if (meant.length > 0)
      maps.remove(
        words,
        map,
        meant.map(({ key }) => key),
      );
  } catch (error) {
    // The network was taken down, or somebody has flushed its rules.
    if (!isErrno(error, 'ENOENT')) throw error;
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
