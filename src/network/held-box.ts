import { closeSync, fstatSync, readdirSync, readlinkSync } from 'node:fs';
import { isErrno } from '../linux/descriptor.ts';
import { copiesFrom, takeFrom } from '../linux/descriptor-box.ts';
import { unless } from '../linux/link.ts';
import { descriptorOf } from '../linux/pidfd.ts';
import { portOf } from '../linux/port-socket.ts';
import type { ProcessReference } from '../schema/container-state.ts';
import { type OwnSockets, portName } from './reservation.ts';

/** How a process shows that has ended. */
const gone = ['ENOENT', 'ESRCH'];

/**
 * A duplicate of the box with this inode in which a process holds ports; undefined where it does not. Who gets it closes
 * it: as long as he has it open the ports stay taken.
 */
export function heldBox(holder: ProcessReference, inode: number): number | undefined {
  const directory = `/proc/${holder.pid}/fd`;
  const isMeant = (name: string) =>
    unless(gone, () => readlinkSync(`${directory}/${name}`)) === `socket:[${inode}]`;
  const name = (unless(gone, () => readdirSync(directory)) ?? []).find(isMeant);
  if (name === undefined) return undefined;
  let box: number;
  try {
    box = descriptorOf(holder, Number(name));
  } catch (error) {
    if (isErrno(error, 'ESRCH') || isErrno(error, 'EBADF')) return undefined;
    throw error;
  }
  if (fstatSync(box).ino === inode) return box;
  closeSync(box);
  return undefined;
}

/** Duplicates of what is in a box, all of which stays there. */
export function socketsIn(box: number): OwnSockets {
  const copies = copiesFrom(box);
  const sockets: OwnSockets = new Map(copies.map((socket) => [portName(portOf(socket)), socket]));
  const kept = new Set(sockets.values());
  for (const double of copies.filter((socket) => !kept.has(socket))) closeSync(double);
  return sockets;
}

/** Has a process hold nothing in its box with this inode any more; no effect where it has none. */
export function emptyHeldBox(holder: ProcessReference, inode: number): void {
  const box = heldBox(holder, inode);
  if (box === undefined) return;
  for (const socket of takeFrom(box)) closeSync(socket);
  closeSync(box);
}
