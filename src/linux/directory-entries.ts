import { AT_FDCWD, AT_SYMLINK_FOLLOW } from './constants.ts';
import { declare } from './libc.ts';
import { cString } from './openat2.ts';

// One name in an open directory each: never a path, so that no link on the way is followed.
const at = {
  openat: declare<[number, Buffer, number, number]>(
    'int openat(int directory, const void *name, int flags, unsigned int mode)',
  ),
  mkdirat: declare<[number, Buffer, number]>(
    'int mkdirat(int directory, const void *name, unsigned int mode)',
  ),
  mknodat: declare<[number, Buffer, number, bigint]>(
    'int mknodat(int directory, const void *name, unsigned int mode, uint64_t device)',
  ),
  symlinkat: declare<[Buffer, number, Buffer]>(
    'int symlinkat(const void *text, int directory, const void *name)',
  ),
  linkat: declare<[number, Buffer, number, Buffer, number]>(
    'int linkat(int directory, const void *name, int newDirectory, const void *newName, int flags)',
  ),
  unlinkat: declare<[number, Buffer, number]>('int unlinkat(int directory, const void *name, int flags)'),
  renameat: declare<[number, Buffer, number, Buffer]>(
    'int renameat(int directory, const void *name, int newDirectory, const void *newName)',
  ),
  readlinkat: declare<[number, Buffer, Buffer, number]>(
    'long readlinkat(int directory, const void *name, void *text, size_t size)',
  ),
};

/** Longest text of a link and longest path, with the NUL at its end (limits.h). */
export const PATH_MAX = 4096;

/** Each throws SC_SYSTEM_CALL with the kernel's error. Modes are subject to the umask of this process. */
export function openat(directory: number, name: Buffer, flags: number, mode = 0): number {
  return at.openat(directory, cString(name), flags, mode);
}

export function mkdirat(directory: number, name: Buffer, mode: number): void {
  at.mkdirat(directory, cString(name), mode);
}

/** `mode` has the type in it (S_IFCHR and others). */
export function mknodat(directory: number, name: Buffer, mode: number, device: bigint): void {
  at.mknodat(directory, cString(name), mode, device);
}

export function symlinkat(text: Buffer, directory: number, name: Buffer): void {
  at.symlinkat(cString(text), directory, cString(name));
}

/** A link itself is linked, not what it leads to. */
export function linkat(directory: number, name: Buffer, newDirectory: number, newName: Buffer): void {
  at.linkat(directory, cString(name), newDirectory, cString(newName), 0);
}

/** Gives a name to an open file that has none, such as one of O_TMPFILE. Throws EEXIST where the name is taken. */
export function linkOpened(descriptor: number, directory: number, name: Buffer): void {
  const itself = cString(`/proc/self/fd/${descriptor}`);
  at.linkat(AT_FDCWD, itself, directory, cString(name), AT_SYMLINK_FOLLOW);
}

/** `flags` is AT_REMOVEDIR for an empty directory. */
export function unlinkat(directory: number, name: Buffer, flags = 0): void {
  at.unlinkat(directory, cString(name), flags);
}

export function renameat(directory: number, name: Buffer, newDirectory: number, newName: Buffer): void {
  at.renameat(directory, cString(name), newDirectory, cString(newName));
}

/** The text of a link; with an empty name that of the link that `directory` itself is (O_PATH). */
export function readlinkat(directory: number, name: Buffer): Buffer {
  const text = Buffer.alloc(PATH_MAX);
  return text.subarray(0, at.readlinkat(directory, cString(name), text, text.length));
}

/** dev_t of libc (makedev(3)), for the kernel's twelve bits of a major and twenty of a minor number. */
export function deviceNumber(major: number, minor: number): bigint {
  return (BigInt(major) << 8n) | BigInt(minor & 0xff) | (BigInt(minor >>> 8) << 20n);
}

/** The numbers of a device by its dev_t, as stat(2) tells it. */
export function deviceNumbers(device: bigint): { major: number; minor: number } {
  return {
    major: Number((device >> 8n) & 0xfffn),
    minor: Number((device & 0xffn) | ((device >> 12n) & 0xfff00n)),
  };
}
