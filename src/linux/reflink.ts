import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../errors/reason.ts';
import { isErrno } from './descriptor.ts';
import { declare } from './libc.ts';

/** linux/fs.h: _IOW(0x94, 9, int). */
const FICLONE = 0x40049409;

const ioctl = declare<[number, number, number]>('int ioctl(int fd, unsigned long request, long argument)');

/** What says that these two files cannot share what they hold (FICLONE(2const)). */
const refusals = ['EOPNOTSUPP', 'ENOTSUP', 'EXDEV', 'EINVAL', 'ENOTTY', 'ENOSYS', 'EPERM', 'ETXTBSY'];

/** Gives an open empty file the content of another, both sharing it on the disk; false where they cannot. */
export function shareContent(from: number, to: number): boolean {
  try {
    ioctl(to, FICLONE, from);
    return true;
  } catch (error) {
    if (refusals.some((errno) => isErrno(error, errno))) return false;
    throw error;
  }
}

/** Whether files on the filesystem of a directory can share what they hold. Tries it with two that are removed again. */
export function tryReflink(directory: string): boolean {
  let scratch: string | undefined;
  const files: number[] = [];
  try {
    scratch = mkdtempSync(join(directory, '.sc-doctor-'));
    const from = openSync(join(scratch, 'from'), 'wx+', 0o600);
    files.push(from);
    const to = openSync(join(scratch, 'to'), 'wx', 0o600);
    files.push(to);
    writeSync(from, Buffer.alloc(4096, 1));
    return shareContent(from, to);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  } finally {
    for (const file of files) closeSync(file);
    if (scratch !== undefined) rmSync(scratch, { recursive: true });
  }
}
