import { isUtf8 } from 'node:buffer';
import { ScError } from '../errors/error.ts';
import { failure } from '../errors/reason.ts';
import { isErrno } from './descriptor.ts';
import { declare } from './libc.ts';
import { cString } from './openat2.ts';

const setxattr = declare<[Buffer, Buffer, Buffer, number, number]>(
  'int setxattr(const void *path, const void *name, const void *value, size_t size, int flags)',
);
const getxattr = declare<[Buffer, Buffer, Buffer, number]>(
  'long getxattr(const void *path, const void *name, void *value, size_t size)',
);
const listxattr = declare<[Buffer, Buffer, number]>(
  'long listxattr(const void *path, void *names, size_t size)',
);
const removexattr = declare<[Buffer, Buffer]>('int removexattr(const void *path, const void *name)');

/** XATTR_SIZE_MAX and XATTR_LIST_MAX (linux/limits.h). */
const LARGEST = 65536;

/**
 * Extended attributes of what a descriptor stands for, also one that was opened with O_PATH, which
 * fsetxattr(2) does not take: its link in /proc leads to exactly that, be it a symbolic link itself.
 */
export function readXattrs(descriptor: number): Map<string, Buffer> {
  const path = ofDescriptor(descriptor);
  return new Map(
    listXattrs(descriptor).flatMap((name) => {
      const value = readIfThere(path, cString(name));
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** One of them; undefined where there is none. */
export function readXattr(descriptor: number, name: string): Buffer | undefined {
  return readIfThere(ofDescriptor(descriptor), cString(name));
}

/**
 * Their names, sorted; none where the filesystem knows no such attributes. Throws SC_UNSUPPORTED for a name that
 * is no text: a tar has no way to say it.
 */
export function listXattrs(descriptor: number): string[] {
  try {
    const length = listxattr(ofDescriptor(descriptor), scratch, scratch.length);
    if (length === 0) return [];
    const names = scratch.subarray(0, length - 1);
    if (!isUtf8(names)) throw new ScError('SC_UNSUPPORTED', 'extended attributes: a name is not UTF-8');
    return names.toString().split('\0').sort();
  } catch (error) {
    if (isErrno(error, 'ENOTSUP') || isErrno(error, 'EOPNOTSUPP')) return [];
    throw error;
  }
}

/** Throws SC_SYSTEM_CALL with the kernel's error, such as ENOTSUP for a namespace that it does not know. */
export function writeXattr(descriptor: number, name: string, value: Buffer): void {
  try {
    setxattr(ofDescriptor(descriptor), cString(name), value, value.length, 0);
  } catch (error) {
    throw failure('SC_SYSTEM_CALL', `extended attribute "${name}"`, error);
  }
}

export function removeXattr(descriptor: number, name: string): void {
  removexattr(ofDescriptor(descriptor), cString(name));
}

const scratch = Buffer.alloc(LARGEST);

function readIfThere(path: Buffer, name: Buffer): Buffer | undefined {
  try {
    return Buffer.from(scratch.subarray(0, getxattr(path, name, scratch, scratch.length)));
  } catch (error) {
    if (isErrno(error, 'ENODATA') || isErrno(error, 'ENOTSUP') || isErrno(error, 'EOPNOTSUPP'))
      return undefined;
    throw error;
  }
}

function ofDescriptor(descriptor: number): Buffer {
  return Buffer.from(`/proc/self/fd/${descriptor}\0`);
}
