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
