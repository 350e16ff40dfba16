import { writeSync } from 'node:fs';
import { nap } from './nap.ts';

/**
 * Writes all bytes to a descriptor before it returns, whatever its flags: who gave it to us may have set
 * O_NONBLOCK on it, and then a full pipe answers EAGAIN until its reader catches up.
 */
export function writeFully(descriptor: number, bytes: Uint8Array | string): void {
  let rest = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if (!isErrno(error, 'EAGAIN') && !isErrno(error, 'EINTR')) throw error;
      nap();
    }
  }
}

/** Writes all bytes to a place in an open file. */
export function writeAt(descriptor: number, bytes: Buffer, offset: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
}

/** Whether an error of Node's or of ours carries this kernel error name. */
export function isErrno(error: unknown, errno: string): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === errno) || ('errno' in error && error.errno === errno);
}
