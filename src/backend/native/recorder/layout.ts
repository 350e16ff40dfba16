import type { SyscallForm } from '../../recording.ts';

/**
 * What the programs of the recorder share with sc: one value of a map. A byte for each thing that may happen,
 * which is set to 1 when it does: such a store needs no lock, and nothing can overflow or get lost.
 */
export const layout = {
  /** 0: nothing is recorded yet; 1: init loads its filter; 2: it executes the container's program. */
  phase: 0,
  /** The container's pid namespace, and where the kernel's `struct pid` of each of its processes points to it. */
  pidNamespace: 8,
  pidLevel: 16,
  pidNumber: 24,
  userNamespace: 32,
  /** Not zero where a device, or a check of a capability, found no more room. */
  lostDevices: 40,
  lostChecks: 56,
  /** Flags of all calls of clone(2) together. */
  cloneFlags: 48,
  /** A byte for each, by number. */
  grantedCapabilities: 64,
  refusedCapabilities: 128,
  socketFamilies: 192,
  /** Bytes by the place in `personalities`, then one for any other. */
  personalities: 256,
  /** For each form of system calls, a byte for each number. */
  enteredSyscalls: 512,
  /** The same of those that ended with EPERM, and with ENOSYS. */
  refusedSyscalls: 512 + 3 * 1024,
  missingSyscalls: 512 + 6 * 1024,
  size: 512 + 9 * 1024,
} as const;

/** Numbers of system calls that there is room for; those of today end below 600. */
export const SYSCALLS = 1024;

/** How a system call can be made: the processor's own way, x32, and that of its 32-bit programs. */
export const forms = ['native', 'x32', 'compat'] as const satisfies readonly SyscallForm[];

/** Capabilities and address families that there is room for. */
export const ROOM = 64;

/** Of personality(2) in the default profile: PER_LINUX and PER_LINUX32, each also with UNAME26, and a question. */
export const personalities = [0x0, 0x8, 0x20000, 0x20008, 0xffff_ffff] as const;

/** Keys of the map of devices: access u32 and padding, minor u32, major u32 (see atDevice). */
export const DEVICE_SIZE = 16;

/** Keys of the map of checks: capability u32, 1 where it was granted u32, then who asked, the last first. */
export const FRAMES = 6;
export const CHECK_SIZE = 8 + 8 * FRAMES;

/** Of either map. */
export const MOST_KEYS = 8192;
