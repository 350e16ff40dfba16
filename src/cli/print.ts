import { isErrno, writeFully } from '../linux/descriptor.ts';

/** Prints to who may have read enough (`sc ps | head -1`), or whose terminal is gone: that is no failure. */
export function print(descriptor: number, text: string): void {
  try {
    writeFully(descriptor, text);
  } catch (error) {
    if (!isErrno(error, 'EPIPE') && !isErrno(error, 'EIO')) throw error;
  }
}
