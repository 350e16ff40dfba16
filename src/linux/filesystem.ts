import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isErrno } from './descriptor.ts';

/** Magic numbers of statfs(2) that sc asks for by name (include/uapi/linux/magic.h). */
const names: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0xf2f52010, 'f2fs'],
  [0x2fc12fc1, 'zfs'],
  [0xca451a4e, 'bcachefs'],
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
  [0x794c7630, 'overlay'],
  [0x6969, 'nfs'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb2'],
  [0x65735546, 'fuse'],
  [0x01021997, '9p'],
  [0x6a656a63, 'virtiofs'],
  [0x4d44, 'vfat'],
  [0x2011bab0, 'exfat'],
  [0x73717368, 'squashfs'],
  [0xe0f5e1e2, 'erofs'],
]);

export interface FilesystemFacts {
  /** The directory that was asked for or, where it is not there yet, the one that it will be in. */
  path: string;
  /** `ext4`, or the magic number in hex. */
  type: string;
  /** Bytes that a user without root can still write. */
  free: number;
  /** Files that can still be made; undefined where the filesystem has no such bound. */
  freeFiles: number | undefined;
}

/** The filesystem of a directory that may not be there yet. */
export function describeFilesystem(directory: string): FilesystemFacts {
  for (let path = directory; ; path = dirname(path)) {
    try {
      const { type, bavail, bsize, files, ffree } = statfsSync(path);
      return {
        path,
        type: names.get(type >>> 0) ?? `0x${(type >>> 0).toString(16)}`,
        free: bavail * bsize,
        freeFiles: files === 0 ? undefined : ffree,
      };
    } catch (error) {
      if (path === dirname(path) || !(isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR'))) throw error;
    }
  }
}
