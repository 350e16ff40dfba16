// Generated from schema/operations/update.schema.json by `npm run generate`; not to be edited.

import type { Cpuset, IoLimits, PortSpec } from '../container-spec.ts';
import type { Many, References } from './many.ts';

/**
 * Changes limits and published ports of containers, of those that run in place, and what is done
 * when they end.
 */
export type Update = UpdateRequest | UpdateResult;

/** What is to be changed of which containers. What is not named stays. */
export interface UpdateRequest {
  containers: References;
  resources?: ChangedResources;
  restart?: ChangedRestart;
  /**
   * Ports that are published from then on too. One that is at a single port of the machine already,
   * in the same words, stays as it is.
   */
  publish?: PortSpec[];
  /** Ports that are not published any more. */
  unpublish?: UnpublishedPort[];
}

/** All published ports of a container of which that is true. */
export interface UnpublishedPort {
  /** Port inside, 1 to 65535. */
  containerPort: number;
  /** TCP or UDP. */
  protocol: 'tcp' | 'udp';
  /** Ports of the machine of which it is at one. */
  hostPorts?: {
    /** The first of them. */
    first: number;
    /** The last of them. */
    last: number;
  };
  /** Address of the machine at which it is, and at no other. */
  address?: string;
}

/** Limits of containers as a whole, in the numbers of their record. */
export interface ChangedResources {
  /**
   * Most memory, in bytes. One that had no limit gets twice as much of memory and swap together,
   * unless that is named too.
   */
  memory?: number;
  /** Most memory and swap together, in bytes; -1 is without limit. */
  memorySwap?: number;
  /** Memory that is left to it when the machine runs short, in bytes. */
  memoryReservation?: number;
  /** Processor time, in processors. */
  cpus?: number;
  /** Share of processor time among those that want it; the kernel's own is 100. */
  cpuWeight?: number;
  cpuset?: Cpuset;
  /** Reading from and writing to block devices; what is not named of a device stays. */
  io?: IoLimits;
  /** Most processes and threads; -1 is without limit. */
  pids?: number;
}

/** After which ends they are started again. How long is waited stays. */
export interface ChangedRestart {
  /** After which ends. */
  policy: 'never' | 'on-failure' | 'always' | 'unless-stopped';
  /** Most restarts in a row. Without it no limit. */
  maxRetries?: number;
}

/** `sc update`. */
export type UpdateResult = Many;
