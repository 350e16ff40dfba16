import { closeSync, fstatSync, readdirSync, readlinkSync } from 'node:fs';
import { isErrno } from '../linux/descriptor.ts';
import { unless } from '../linux/link.ts';
import { descriptorOf } from '../linux/pidfd.ts';
import type { ProcessReference } from '../schema/container-state.ts';

/** How a process shows that has ended. */
const gone = ['ENOENT', 'ESRCH'];

/**
 * A duplicate of the box with this inode in which a keeper holds ports; undefined where it does not. Who gets it closes
 * it: as long as he has it open the ports stay taken.
 */
export function heldBox(keeper: ProcessReference, inode: number): number | undefined {
  const directory = `/proc/${keeper.pid}/fd`;
  const isMeant = (name: string) =>
    unless(gone, () => readlinkSync(`${directory}/${name}`)) === `socket:[${inode}]`;
  const name = (unless(gone, () => readdirSync(directory)) ?? []).find(isMeant);
  if (name === undefined) return undefined;
  let box: number;
  try {
    box = descriptorOf(keeper, Number(name));
  } catch (error) {
    if (isErrno(error, 'ESRCH') || isErrno(error, 'EBADF')) return undefined;
    throw error;
  }
  if (fstatSync(box).ino === inode) return box;
  closeSync(box);
  return undefined;
}
