import { contains, formatAddress, type IpAddress, type Subnet } from '../../linux/ip-address.ts';
import type { ContainerState, Endpoint } from '../../schema/container-state.ts';
import { addressOf, subnetOf } from '../addresses.ts';
import { hasNames } from '../new-network.ts';

type Known = Pick<ContainerState, 'id' | 'name'> & {
  endpoints?: readonly Endpoint[];
  spec?: { network: Pick<ContainerState['spec']['network'], 'egress'> };
};

/** Digits of an ID that are a name too: by default those of the host name inside. */
const SHORT_ID = 12;

/** A container in the networks whose names are served. */
export interface Neighbour {
  id: string;
  name: string;
  isRunning: boolean;
  /** Whether it reaches what is outside of its networks. */
  leadsOut: boolean;
  /** The names that it may ask for outside; undefined where it may ask for all. */
  allowed: readonly string[] | undefined;
  places: { network: string; names: string[]; addresses: string[]; subnets: Subnet[] }[];
}

/**
 * What containers are called in which networks: whom a name leads to, and who asks from an address. It is told of each
 * container that changes, so that no question takes a look at all of them.
 */
export class NameDirectory {
  readonly #neighbours = new Map<string, Neighbour>();
  /** IDs by `network/name`: several containers may have an alias. */
  readonly #byName = new Map<string, Set<string>>();
  readonly #byAddress = new Map<string, string>();

  /** In place of what was known of it. */
  put(container: Known, isRunning: boolean): void {
    const { id, name, endpoints = [], spec } = container;
    this.remove(id);
    const places = endpoints
      .filter(({ network }) => hasNames(network))
      .map(({ network, aliases, addresses }) => ({
        network,
        names: [...new Set([name, id.slice(0, SHORT_ID), ...aliases].map((text) => text.toLowerCase()))],
        addresses: addresses.map((text) => text.replace(/\/.*/, '')),
        subnets: addresses.map(subnetOf),
      }));
    if (places.length === 0) return;
    const leadsOut = endpoints.some(({ gateways }) => gateways.length > 0);
    this.#neighbours.set(id, { id, name, isRunning, leadsOut, allowed: spec?.network.egress?.names, places });
    for (const { network, names, addresses } of places) {
      for (const known of names) {
        const key = `${network}/${known}`;
        this.#byName.set(key, (this.#byName.get(key) ?? new Set()).add(id));
      }
      for (const address of addresses) this.#byAddress.set(address, id);
    }
  }

  /** No effect on one that is not known. */
  remove(id: string): void {
    const neighbour = this.#neighbours.get(id);
    if (neighbour === undefined) return;
    this.#neighbours.delete(id);
    for (const { network, names, addresses } of neighbour.places) {
      for (const known of names) {
        const key = `${network}/${known}`;
        const ids = this.#byName.get(key);
        ids?.delete(id);
        if (ids?.size === 0) this.#byName.delete(key);
      }
      for (const address of addresses)
        if (this.#byAddress.get(address) === id) this.#byAddress.delete(address);
    }
  }

  /** Of all that are known. */
  ids(): string[] {
    return [...this.#neighbours.keys()];
  }

  /** Those that run. */
  running(): Neighbour[] {
    return [...this.#neighbours.values()].filter(({ isRunning }) => isRunning);
  }

  /** The container that has an address; undefined for an address of nobody. */
  at(address: IpAddress): Neighbour | undefined {
    const id = this.#byAddress.get(formatAddress(address));
    return id === undefined ? undefined : this.#neighbours.get(id);
  }

  /**
   * The addresses that a name leads to for who asks, in all networks that he is in, of those that run. He runs himself,
   * whatever was told of him until now. Undefined for a name that nobody there has.
   */
  addresses(asker: Neighbour, name: string): IpAddress[] | undefined {
    let isKnown = false;
    const found: IpAddress[] = [];
    for (const { network } of asker.places)
      for (const id of this.#byName.get(`${network}/${name}`) ?? []) {
        isKnown = true;
        const neighbour = this.#neighbours.get(id);
        if (neighbour === undefined || !(neighbour.isRunning || id === asker.id)) continue;
        const place = neighbour.places.find((one) => one.network === network);
        found.push(...(place?.addresses ?? []).map(addressOf));
      }
    return isKnown ? found : undefined;
  }

  /** Who has an address in a network of who asks: his name, null for nobody, undefined for one of another network. */
  nameAt(asker: Neighbour, address: IpAddress): string | null | undefined {
    const place = asker.places.find(({ subnets }) => subnets.some((subnet) => contains(subnet, address)));
    if (place === undefined) return undefined;
    const neighbour = this.at(address);
    return neighbour?.isRunning || neighbour?.id === asker.id ? (neighbour?.name ?? null) : null;
  }
}
