// Generated from schema/operations/network-list.schema.json by `npm run generate`; not to be edited.

import type { FailedReference } from './many.ts';
import type { ListedNetwork } from './network-many.ts';

/** Lists networks. */
export type NetworkList = NetworkListRequest | NetworkListResult;

/** Which of them. */
export interface NetworkListRequest {
  /** Parts of names; those networks that have one of them. */
  names?: string[];
  /** `KEY` or `KEY=VALUE`, all of which have to be there. */
  labels?: string[];
  /** Whether only those that no container is attached to, or with false only those that one is. */
  dangling?: boolean;
}

/** `sc network list`, by their names. */
export interface NetworkListResult {
  /** The networks. */
  networks: ListedNetwork[];
  /** Those whose record cannot be read. */
  broken: FailedReference[];
}
