// Generated from schema/operations/network-prune.schema.json by `npm run generate`; not to be edited.

import type { NetworkName } from './network-many.ts';

/** Removes the networks that no container is attached to, but for the default one. */
export type NetworkPrune = NetworkPruneResult;

/** `sc network prune`. */
export interface NetworkPruneResult {
  /** Those that are gone. */
  networks: NetworkName[];
}
