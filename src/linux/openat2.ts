import { ScError } from '../errors/error.ts';
import { RESOLVE_BENEATH, RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS } from './constants.ts';
import { declare } from './libc.ts';
import { syscalls } from './syscalls.ts';

/** Resolution stays below the directory it starts from, and follows no link of any kind. */
export const WITHOUT_LINKS = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;

/** Resolution stays inside the directory it starts from, and no link of /proc leads out of it. */
export const INSIDE_ROOT = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

/** struct open_how: flags, mode and resolve, 64 bits each (openat2(2)). */
const OPEN_HOW_SIZE = 24;

// libc has no wrapper for it. The arguments are variadic in C: koffi is told their types at each call.
const syscall = declare<[number, string, number, string, Buffer, string, Buffer, string, number]>(
  'long syscall(long number, ...)',
);

/**
 * Opens `path` as seen from the descriptor `directory`, under rules of resolution (RESOLVE_*) that the
 * kernel keeps even while somebody renames what lies below. A path of bytes need not be UTF-8.
 * Throws SC_SYSTEM_CALL with the kernel's error, and SC_HOST_UNFIT where the kernel has no openat2.
 */
export function openat2(directory: number, path: string | Buffer, flags: number, resolve: number): number {
  const how = Buffer.alloc(OPEN_HOW_SIZE);
  how.writeBigUInt64LE(BigInt(flags), 0);
  how.writeBigUInt64LE(BigInt(resolve), 16);
  const name = cString(path);
  try {
    return syscall(syscalls.openat2, 'int', directory, 'void *', name, 'void *', how, 'size_t', how.length);
  } catch (error) {
    throw explain(error, path);
  }
}

/** Bytes that end with the NUL by which C knows the end of a text. Throws SC_USAGE for a NUL within. */
export function cString(text: string | Buffer): Buffer {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  if (bytes.includes(0)) {
    throw new ScError('SC_USAGE', `open ${JSON.stringify(bytes.toString())}: a path cannot hold a NUL byte`);
  }
  const terminated = Buffer.allocUnsafe(bytes.length + 1);
  bytes.copy(terminated);
  terminated[bytes.length] = 0;
  return terminated;
}

function explain(error: unknown, path: string | Buffer): unknown {
  if (!(error instanceof ScError) || error.errno === undefined) return error;
  const { errno } = error;
  if (errno === 'ENOSYS') {
    return new ScError('SC_HOST_UNFIT', `openat2 "${path}": ENOSYS`, {
      errno,
      hint: 'sc opens the files of a container with openat2, which takes Linux 5.6 or later',
    });
  }
  return new ScError('SC_SYSTEM_CALL', `openat2 "${path}": ${errno}`, { errno });
}
