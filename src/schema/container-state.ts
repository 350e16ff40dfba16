// Generated from schema/container-state.schema.json by `npm run generate`; not to be edited.

import type { ContainerSpec } from './container-spec.ts';

/** What is recorded of a container. */
export interface ContainerState {
  /** Version of the form of this file. */
  version: 1;
  /** ID of the container, 64 hex digits. */
  id: string;
  /** Unique among the containers of this machine. */
  name: string;
  status: ContainerStatus;
  /** Name of the backend that runs it. */
  backend: string;
  /** Name of the driver that holds its root filesystem. */
  storageDriver: string;
  /** /proc/sys/kernel/random/boot_id of the boot in which the processes below lived. */
  bootId: string;
  /** The sc that made the container and waits for it; of a detached one the monitor. */
  runner: ProcessReference;
  /** Whether it lives on without the sc that started it, in the care of the monitor. */
  detached?: boolean;
  /**
   * Whether an apply makes another in its place. It goes when that runs, and comes back where it
   * does not; what a killed one leaves goes with the next.
   */
  setAside?: boolean;
  /** The process that is the container's parent on the host. */
  keeper?: ProcessReference;
  /** Pid 1 of the container, seen from the host. */
  init?: ProcessReference;
  /**
   * The sc that makes it stand still while it reads its files, and lets it go on then. One that
   * finds it dead does so in its place.
   */
  heldStill?: ProcessReference;
  /** When it was made: RFC 3339, UTC, to the millisecond. */
  createdAt: string;
  /** When it was started: RFC 3339, UTC, to the millisecond. */
  startedAt?: string;
  /** When it ended: RFC 3339, UTC, to the millisecond. */
  finishedAt?: string;
  exit?: ExitStatus;
  /**
   * When somebody asked for its end with `sc stop`: RFC 3339, UTC, to the millisecond. Not there
   * since its last start.
   */
  stopRequestedAt?: string;
  /**
   * When somebody sent it a signal that is to end it, with `sc kill` or `sc delete --force`: RFC
   * 3339, UTC, to the millisecond. Not there since its last start.
   */
  killRequestedAt?: string;
  /**
   * When the monitor had it killed since it was past its deadline, and its keeper had not seen to
   * that: RFC 3339, UTC, to the millisecond. Only until it has ended.
   */
  overdueAt?: string;
  /** What the restart policy has done. */
  restarts?: {
    /** Restarts since it was made. */
    total: number;
    /** Restarts since it last ran for long enough. */
    inARow: number;
    /** When it will be started again: RFC 3339, UTC, to the millisecond. Only while it waits for that. */
    nextAt?: string;
  };
  /** What the health check says, while it runs. */
  health?: {
    /** `starting` until the first success, or until the failures are too many. */
    status: 'starting' | 'healthy' | 'unhealthy';
    /** Failures in a row. */
    failures: number;
    /** The last check. */
    last?: {
      /** When it began: RFC 3339, UTC, to the millisecond. */
      at: string;
      /** Its exit code. Without it, it took too long or could not be run. */
      code?: number;
      /** The beginning of what it wrote, at most 4096 bytes. */
      output: string;
    };
  };
  /** Where it is attached to networks, from its making until it is deleted. */
  endpoints?: Endpoint[];
  /**
   * Ports that are published, as they were chosen at its last start; nobody is led to it by them
   * while it does not run.
   */
  ports?: PublishedPort[];
  /**
   * Number of the inode of the socket, held by its keeper, in which its ports of the machine are
   * reserved.
   */
  portsSocket?: number;
  spec: ContainerSpec;
}

/** A port of the machine by which one of the container is reached. */
export interface PublishedPort {
  /** Port inside, 1 to 65535. */
  containerPort: number;
  /** TCP or UDP. */
  protocol: 'tcp' | 'udp';
  /** Port of the machine, 1 to 65535. */
  hostPort: number;
  /**
   * Addresses of the machine at which it is; `0.0.0.0` is all of IPv4, and `::` all of IPv6 but
   * `::1`.
   */
  addresses: string[];
}

/** The place of a container in a network. */
export interface Endpoint {
  /** Name of the network. */
  network: string;
  /** Name of the interface inside. */
  interface: string;
  /**
   * Name of its other end, an interface of this machine that is a port of the bridge while the
   * container runs.
   */
  port: string;
  /** Hardware address of the interface inside. */
  address: string;
  /** Addresses of the interface inside, each with the length of the prefix of its network. */
  addresses: string[];
  /**
   * Addresses by which all that has no other way is reached: none in a network that ends at this
   * machine, and none where another network of the container leads out.
   */
  gateways: string[];
  /** Names beside its own by which other containers of this network find it. */
  aliases: string[];
  /** Largest packet, in bytes. */
  mtu: number;
}

/** Where the container is in its life. */
export type ContainerStatus = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

/** Why a container ended. */
export type ExitCause = 'exit' | 'signal' | 'oom' | 'stopped' | 'deadline' | 'runner';

/** How a container ended. */
export interface ExitStatus {
  /**
   * Exit code, 0 to 255; 128 and the number of the signal where one ended it. Null only where its
   * keeper was killed and nobody can know.
   */
  code: number | null;
  /** Name of the signal that ended it, such as `SIGKILL`. */
  signal?: string;
  /** Why it ended; `unknown` where nobody can know. */
  cause: ExitCause | 'unknown';
}

/** A process, told apart from a later one with the same number by its start time. */
export interface ProcessReference {
  /** Number of the process. */
  pid: number;
  /** When it was started, in clock ticks since boot (field 22 of /proc/PID/stat). */
  startTime: number;
}
