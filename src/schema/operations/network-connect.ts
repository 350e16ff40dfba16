// Generated from schema/operations/network-connect.schema.json by `npm run generate`; not to be edited.

import type { Endpoint } from '../container-state.ts';
import type { ContainerName } from './many.ts';
import type { NetworkName } from './network-many.ts';

/** Attaches a container to a network, also while it runs. */
export type NetworkConnect = NetworkConnectRequest | NetworkConnectResult;

/** What to which. */
export interface NetworkConnectRequest {
  network: NetworkName;
  /** Name or ID of the container, or the beginning of an ID. */
  container: string;
  /** Addresses that it is to have there, at most one of IPv4 and one of IPv6. */
  addresses?: string[];
  /** Hardware address of its interface there. */
  mac?: string;
  /** Names beside its own by which other containers of the network find it. */
  aliases?: string[];
}

/** `sc network connect`. */
export interface NetworkConnectResult {
  container: ContainerName;
  endpoint: Endpoint;
}
