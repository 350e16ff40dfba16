// Generated from schema/operations/network-many.schema.json by `npm run generate`; not to be edited.

import type { NetworkSubnet } from '../network-state.ts';
import type { FailedReference } from './many.ts';

/** Networks as commands name and answer them. */
export type NetworkMany = Networks;

/** Name of a network. */
export type NetworkName = string;

/** A container that is attached to a network, with its place there. */
export interface NetworkUser {
  /** 64 hex digits. */
  id: string;
  /** Name of the container. */
  name: string;
  /** What it is, as its record says. */
  status: string;
  /** Name of the interface inside. */
  interface: string;
  /** Hardware address of that. */
  address: string;
  /** Its addresses, each with the length of the prefix of the network. */
  addresses: string[];
  /** Names beside its own. */
  aliases: string[];
}

/** A network in a list. */
export interface ListedNetwork {
  name: NetworkName;
  /** When it was made, RFC 3339 in UTC. */
  createdAt: string;
  /** Its ranges of addresses. */
  subnets: NetworkSubnet[];
  /** Whether it ends at this machine. */
  internal: boolean;
  /** Largest packet, in bytes. */
  mtu: number;
  /** Text of the user's own, kept with the network. */
  labels: {
    [name: string]: string;
  };
  /** Names of the containers that are attached to it, running or not. */
  containers: string[];
}

/** Names of networks with which something was done. */
export interface Networks {
  /** Those with which it was done. */
  networks: NetworkName[];
  /** Those with which it could not be done. */
  failures: FailedReference[];
}
