import { ENODEV, S_IFDIR, STATX_TYPE } from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Entry, Hints } from '../program/program.ts';
import { lookAt, STATX_SIZE } from './statx.ts';

// What stands at a path of a container that runs may be anything: it is opened, and then asked what it is.

/** Where stx_mode and stx_rdev_major stand in struct statx (statx(2)), and f_type in struct statfs (statfs(2)). */
const MODE_AT = 28;
const DEVICE_AT = 128;
const STATFS_SIZE = 120;
const TYPE_AT = 0;

/** Fails with ENODEV where a file is not on a filesystem with this magic number. */
export function requireFilesystem(
  p: ProgramBuilder,
  words: string,
  file: Entry,
  magic: number,
  hints: Hints,
): void {
  const status = p.space('statfs', STATFS_SIZE);
  const right = p.label(`${words}: it is on the filesystem`);
  p.call(`${words}: what does it stand on`, 'fstatfs', { result: file }, status);
  p.jump(right, 'equal', { load: 64, from: status, at: TYPE_AT }, magic);
  p.fail(words, -ENODEV, hints);
  p.place(right);
}

/** Fails with ENODEV where a file is not this character device. */
export function requireDevice(
  p: ProgramBuilder,
  words: string,
  file: Entry,
  { major, minor }: { major: number; minor: number },
  hints: Hints,
): void {
  const status = p.space('statx', STATX_SIZE);
  const [wrong, right] = [p.label(`${words}: it is something else`), p.label(`${words}: it is the device`)];
  lookAt(p, `${words}: what is it`, { result: file }, STATX_TYPE, status);
  // Only devices have numbers, and of those a block device has this bit of S_IFBLK.
  p.jump(wrong, 'mask', { load: 16, from: status, at: MODE_AT }, S_IFDIR);
  p.jump(wrong, 'not-equal', { load: 32, from: status, at: DEVICE_AT }, major);
  p.jump(right, 'equal', { load: 32, from: status, at: DEVICE_AT + 4 }, minor);
  p.place(wrong);
  p.fail(words, -ENODEV, hints);
  p.place(right);
}
