import { write } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isErrno } from '../linux/descriptor.ts';

const writeSome = promisify(write);

/** Who reads may have read enough, or its terminal be gone. */
export async function isTaken(written: Promise<void>): Promise<boolean> {
  try {
    await written;
    return true;
  } catch (error) {
    if (isErrno(error, 'EPIPE') || isErrno(error, 'EIO')) return false;
    throw error;
  }
}

/** In the thread pool, so that a reader that stops reading does not stop the forwarding of signals. */
export async function writeAll(descriptor: number, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0; ) {
    try {
      const { bytesWritten } = await writeSome(descriptor, rest);
      rest = rest.subarray(bytesWritten);
    } catch (error) {
      if (!isErrno(error, 'EAGAIN')) throw error;
      await sleep(5);
    }
  }
}
