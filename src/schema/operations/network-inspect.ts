// Generated from schema/operations/network-inspect.schema.json by `npm run generate`; not to be edited.

import type { NetworkState } from '../network-state.ts';
import type { NetworkName, NetworkUser } from './network-many.ts';

/** Tells all that is known of a network. */
export type NetworkInspect = NetworkInspectRequest | NetworkInspectResult;

/** Which. */
export interface NetworkInspectRequest {
  network: NetworkName;
}

/** `sc network inspect`. */
export interface NetworkInspectResult {
  record: NetworkState;
  /** Those that are attached to it, running or not. */
  containers: NetworkUser[];
}
