import { type Stats, statSync } from 'node:fs';
import { ScError } from '../errors/error.ts';
import { errnoOf } from '../errors/reason.ts';

/** A device by its numbers (makedev(3)). */
export interface DeviceNumber {
  type: 'c' | 'b';
  major: number;
  minor: number;
}

/** What a group of processes may do with devices: without a number, with all of them. */
export interface DeviceRule {
  type: DeviceNumber['type'];
  major?: number;
  minor?: number;
  /** Some of `r` open for reading, `w` for writing, `m` make a node. */
  access: string;
}

/** Name in /dev, major, minor: character devices that every container has and anyone may read and write. */
export const standardDevices = [
  ['null', 1, 3],
  ['zero', 1, 5],
  ['full', 1, 7],
  ['random', 1, 8],
  ['urandom', 1, 9],
  ['tty', 5, 0],
] as const;

/** What every container may do: use those, and make terminals (/dev/ptmx and what stands in /dev/pts). */
const standardRules: readonly DeviceRule[] = [
  ...standardDevices.map(([, major, minor]): DeviceRule => ({ type: 'c', major, minor, access: 'rwm' })),
  { type: 'c', major: 5, minor: 2, access: 'rwm' },
  { type: 'c', major: 136, access: 'rwm' },
];

/** Where nodes can be made, any can: what is in the list above can be opened, and nothing else. */
const anyNode: readonly DeviceRule[] = [
  { type: 'c', access: 'm' },
  { type: 'b', access: 'm' },
];

/** All that a container may do with devices; everything else is denied. */
export function deviceRules(devices: readonly DeviceRule[], mayMakeNodes: boolean): DeviceRule[] {
  return [...standardRules, ...devices, ...(mayMakeNodes ? anyNode : [])];
}

/** The device at a path of the host. Throws SC_START_FAILED where there is none. */
export function deviceAt(path: string): DeviceNumber {
  try {
    const status = statSync(path);
    const isDevice = status.isCharacterDevice() || status.isBlockDevice();
    if (!isDevice) throw new ScError('SC_START_FAILED', `device "${path}": it is no device`);
    return { type: status.isBlockDevice() ? 'b' : 'c', ...numbersOf(status.rdev) };
  } catch (cause) {
    if (cause instanceof ScError) throw cause;
    const errno = errnoOf(cause);
    throw new ScError('SC_START_FAILED', `device "${path}": ${errno}`, {
      cause,
      ...(errno !== undefined && { errno }),
      hint: 'make the device on this host, or correct its path',
    });
  }
}

/** Whether it is the null device, whatever the name. */
export function isNullDevice(stats: Stats): boolean {
  return stats.isCharacterDevice() && stats.rdev === NULL;
}

/** makedev(1, 3) */
const NULL = 0x103;

/** The bits of a dev_t of Linux (gnu_dev_major(3), gnu_dev_minor(3)), within 2^53 as Node has it. */
export function numbersOf(device: number): Omit<DeviceNumber, 'type'> {
  const number = BigInt(device);
  return {
    major: Number(((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n)),
    minor: Number((number & 0xffn) | ((number >> 12n) & 0xffffff00n)),
  };
}

/** As mknod(2) takes it: 12 bits of the major number, 20 of the minor (linux/kdev_t.h, new_encode_dev). */
export function encodeDevice({ major, minor }: Omit<DeviceNumber, 'type'>): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}
