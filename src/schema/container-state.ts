// Placeholder with the final names; replaced by the types generated from schema/container-state.schema.json.
import type { ContainerSpec } from './container-spec.ts';

export type ContainerStatus = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

export type ExitCause = 'exit' | 'signal' | 'oom' | 'stopped' | 'deadline' | 'runner';

/** How a container ended. `code` is null only where its keeper was killed and nobody can know. */
export interface ExitStatus {
  code: number | null;
  signal?: string;
  cause: ExitCause | 'unknown';
}

/** A process, told apart from a later one with the same number by its start time. */
export interface ProcessReference {
  pid: number;
  /** Field 22 of /proc/PID/stat, clock ticks since boot. */
  startTime: number;
}

export interface ContainerState {
  /** Version of the form of this file. */
  version: 1;
  id: string;
  name: string;
  status: ContainerStatus;
  backend: string;
  storageDriver: string;
  /** /proc/sys/kernel/random/boot_id of the boot in which the processes below lived. */
  bootId: string;
  /** The sc that made the container and waits for it. */
  runner: ProcessReference;
  keeper?: ProcessReference;
  init?: ProcessReference;
  /** RFC 3339, UTC. */
  createdAt: string;
  startedAt?: string;
  finishedAt?: string;
  exit?: ExitStatus;
  spec: ContainerSpec;
}
