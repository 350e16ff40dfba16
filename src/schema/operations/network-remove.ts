// Generated from schema/operations/network-remove.schema.json by `npm run generate`; not to be edited.

import type { NetworkName, Networks } from './network-many.ts';

/** Removes networks that no container is attached to. */
export type NetworkRemove = NetworkRemoveRequest | NetworkRemoveResult;

/** Which. */
export interface NetworkRemoveRequest {
  /** Their names. */
  networks: NetworkName[];
}

/** `sc network remove`: each is tried, also where another fails. */
export type NetworkRemoveResult = Networks;
