// Generated from schema/operations/update.schema.json by `npm run generate`; not to be edited.

import type { Many, References } from './many.ts';

/** Changes limits of containers, of those that run in place, and what is done when they end. */
export type Update = UpdateRequest | UpdateResult;

/** What is to be changed of which containers. What is not named stays. */
export interface UpdateRequest {
  containers: References;
  resources?: ChangedResources;
  restart?: ChangedRestart;
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
  /** Numbers of processors and memory nodes. */
  cpuset?: {
    /** Processors. */
    cpus?: string;
    /** NUMA nodes. */
    memoryNodes?: string;
  };
  /** Reading from and writing to block devices; what is not named of a device stays. */
  io?: {
    /** Share of device time among those that want it; the kernel's own is 100. */
    weight?: number;
    /** Limits of single devices, bytes and operations in a second. */
    devices: {
      /** The device on the host, absolute. */
      path: string;
      /** Share of this device's time. */
      weight?: number;
      /** Most bytes read in a second. */
      readRate?: number;
      /** Most bytes written in a second. */
      writeRate?: number;
      /** Most reads in a second. */
      readOperations?: number;
      /** Most writes in a second. */
      writeOperations?: number;
    }[];
  };
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
