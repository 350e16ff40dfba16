import type { DeviceNumber } from '../linux/devices.ts';

/** How a system call is made: the processor's own way, x32, or that of its 32-bit programs. */
export type SyscallForm = 'native' | 'x32' | 'compat';

/** A system call that was made. */
export interface SeenSyscall {
  form: SyscallForm;
  number: number;
  /** Undefined where it is too new to have a name here. */
  name?: string;
}

/** Asked for; whether it was allowed is not seen everywhere. */
export interface SeenDevice extends DeviceNumber {
  /** Some of r, w and m, as in the container file. */
  access: string;
}

/** What a recorder could not see on this host. */
export interface Unseen {
  what: 'capabilities' | 'devices';
  why: string;
}

/** What the processes of a container have done, from the filter's loading to their end. */
export interface Observations {
  /** Let pass by the filter, each once. */
  syscalls: SeenSyscall[];
  /** Only ever refused by the filter: with EPERM, or with ENOSYS as if the kernel did not have them. */
  refusedSyscalls: (SeenSyscall & { errno: 'EPERM' | 'ENOSYS' })[];
  /** Arguments of socket(2), clone(2) and personality(2), but for those of 32-bit programs. */
  socketFamilies: number[];
  cloneFlags: number;
  /** Those of the default filter; then whether there was any other. */
  personalities: number[];
  hasOtherPersonalities: boolean;
  /** Names that the kernel asked for and found, and those that it asked for in vain; undefined where it was not seen. */
  capabilities?: { used: string[]; refused: string[] };
  /** Undefined where it was not seen. */
  devices?: SeenDevice[];
  /** What was not seen, and why. */
  unseen: Unseen[];
}

/** Watches one container, until its descriptors are closed, by whomever. */
export interface Recorder {
  /** By which the container makes itself known, in a launch. */
  readonly mark: bigint;
  /** What was seen, when the container is gone. Throws SC_UNSUPPORTED where it could not be told from others. */
  finish(): Observations;
  /** No more effect after the first time. */
  close(): void;
}
