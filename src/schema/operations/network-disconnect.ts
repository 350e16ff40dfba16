// Generated from schema/operations/network-disconnect.schema.json by `npm run generate`; not to be edited.

import type { ContainerName } from './many.ts';
import type { NetworkName } from './network-many.ts';

/** Takes a container off a network, also while it runs. */
export type NetworkDisconnect = NetworkDisconnectRequest | NetworkDisconnectResult;

/** What of which. */
export interface NetworkDisconnectRequest {
  network: NetworkName;
  /** Name or ID of the container, or the beginning of an ID. */
  container: string;
}

/** `sc network disconnect`. */
export interface NetworkDisconnectResult {
  container: ContainerName;
  network: NetworkName;
}
