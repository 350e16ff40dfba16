// Generated from schema/operations/network-create.schema.json by `npm run generate`; not to be edited.

import type { NetworkSubnet } from '../network-state.ts';
import type { NetworkName } from './network-many.ts';

/** Makes a network. */
export type NetworkCreate = NetworkCreateRequest | NetworkCreateResult;

/** What it is to be. */
export interface NetworkCreateRequest {
  name: NetworkName;
  /**
   * Its ranges of addresses, at most one of IPv4 and one of IPv6. Without any it gets a free one of
   * IPv4.
   */
  subnets?: string[];
  /**
   * Whether it has a range of IPv6 too where `subnets` says none: a free one of the unique local
   * addresses. Default: false.
   */
  ipv6?: boolean;
  /** Address of the bridge itself, in one of `subnets`. Without it the first of each. */
  gateway?: string;
  /** The part of one of `subnets` that containers get addresses from that ask for none. */
  ipRange?: string;
  /** Whether it ends at this machine. Default: false. */
  internal?: boolean;
  /** Largest packet, in bytes. Default: 1500. */
  mtu?: number;
  /** Text of the user's own, kept with the network. */
  labels?: {
    [name: string]: string;
  };
}

/** `sc network create`. */
export interface NetworkCreateResult {
  name: NetworkName;
  /** The ranges that it has. */
  subnets: NetworkSubnet[];
}
