import { chmodSync, chownSync } from 'node:fs';
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW } from './constants.ts';
import { declare } from './libc.ts';
import { cString } from './openat2.ts';

const fchownatOf = declare<[number, Buffer, number, number, number]>(
  'int fchownat(int directory, const void *name, unsigned int owner, unsigned int group, int flags)',
);
const fchmodatOf = declare<[number, Buffer, number, number]>(
  'int fchmodat(int directory, const void *name, unsigned int mode, int flags)',
);
const utimensat = declare<[number, Buffer, Buffer, number]>(
  'int utimensat(int directory, const void *name, const void *times, int flags)',
);
const futimens = declare<[number, Buffer]>('int futimens(int fd, const void *times)');

/** Owner of a name in an open directory; of a link itself. Takes set-user-ID bits and capabilities off a file. */
export function chownAt(directory: number, name: Buffer, uid: number, gid: number): void {
  fchownatOf(directory, cString(name), uid, gid, AT_SYMLINK_NOFOLLOW);
}

/** Mode of a name that is known to be no link: the kernel follows one (chmod(2)). */
export function chmodAt(directory: number, name: Buffer, mode: number): void {
  fchmodatOf(directory, cString(name), mode, 0);
}

/** Both times of a name, in nanoseconds since 1970; of a link itself. */
export function setTimesAt(directory: number, name: Buffer, time: bigint): void {
  setTimesOfAt(directory, name, time, time);
}

/** That of access and that of change. */
export function setTimesOfAt(directory: number, name: Buffer, access: bigint, change: bigint): void {
  utimensat(directory, cString(name), timespecs(access, change), AT_SYMLINK_NOFOLLOW);
}

/** Both times of an open file. */
export function setTimes(descriptor: number, time: bigint): void {
  futimens(descriptor, timespecs(time, time));
}

/** Owner of what a descriptor of O_PATH stands for, and of nothing that has taken its name meanwhile. */
export function chownOpened(descriptor: number, uid: number, gid: number): void {
  chownSync(`/proc/self/fd/${descriptor}`, uid, gid);
}

/** Mode of the same, which is no link. */
export function chmodOpened(descriptor: number, mode: number): void {
  chmodSync(`/proc/self/fd/${descriptor}`, mode);
}

/** Both times of the same. */
export function setTimesOpened(descriptor: number, time: bigint): void {
  utimensat(AT_FDCWD, cString(`/proc/self/fd/${descriptor}`), timespecs(time, time), 0);
}

/** Two of struct timespec: seconds, which may be negative, and nanoseconds, which are not. */
function timespecs(...both: [access: bigint, change: bigint]): Buffer {
  const times = Buffer.allocUnsafe(32);
  for (const [index, time] of both.entries()) {
    const nanoseconds = ((time % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
    times.writeBigInt64LE((time - nanoseconds) / 1_000_000_000n, 16 * index);
    times.writeBigInt64LE(nanoseconds, 16 * index + 8);
  }
  return times;
}
