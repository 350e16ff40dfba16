import { closeSync, constants, fstatSync, ftruncateSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { errnoOf } from '../errors/reason.ts';
import { bootId } from '../linux/boot.ts';
import { writeFully } from '../linux/descriptor.ts';
import { unless } from '../linux/link.ts';
import type { Happening } from './happened.ts';
import { FILES, type JournalEnd, type JournalHead, LARGEST, readEnd, readHead } from './journal-file.ts';

/** Numbers of a boot that the next one leaves alone. */
const ROOM = 100_000;

/** Milliseconds to wait for another writer, who takes a part of one. */
const PATIENCE = 2_000;

/** The file that is written to, with all that is whole of it. */
interface OpenJournal extends JournalEnd {
  descriptor: number;
  inode: number;
}

export function journalDirectory(root: string): string {
  return join(root, 'events');
}

/**
 * What happens to containers, networks and volumes, for whoever wants to know of it, in files of one JSON object a line:
 *
 *     events/journal                    what is written to
 *     events/journal.1, journal.2, ...  what was, as far as it is kept
 *
 * Numbers never repeat or go back. Nothing waits for the disk, so that a loss of power may take the last events
 * with it; the records of the containers stand for themselves.
 */
export class Journal {
  readonly #directory: string;
  readonly #largest: number;
  /** As this process has left it, so that its end need not be looked for. */
  #left: Omit<OpenJournal, 'descriptor'> | undefined;

  /** `largest` is the bytes of a file at which a new one is begun. */
  constructor(root: string, { largest = LARGEST } = {}) {
    this.#directory = journalDirectory(root);
    this.#largest = largest;
  }

  /** What cannot be told, as on a full disk, has happened all the same, so that nothing is thrown for it. */
  async append(happenings: readonly Happening[]): Promise<void> {
    if (happenings.length === 0) return;
    const write = () => this.#write(happenings);
    const { withFreeLock, withLock } = await import('../linux/flock.ts');
    try {
      if (this.#left === undefined) mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      if (withFreeLock(this.#directory, write) === undefined)
        await withLock(this.#directory, write, { timeout: PATIENCE });
    } catch (error) {
      this.#left = undefined;
      const isLocked = error instanceof ScError && error.code === 'SC_LOCKED';
      if (!isLocked && errnoOf(error) === undefined) throw error;
    }
  }

  #write(happenings: readonly Happening[]): void {
    let file = this.#resume() ?? this.#begin();
    try {
      let lines = linesOf(happenings, file);
      if (file.size + lines.bytes.length > this.#largest) {
        closeSync(file.descriptor);
        file = this.#begin();
        lines = linesOf(happenings, file);
      }
      writeFully(file.descriptor, lines.bytes);
      const { inode, size } = file;
      this.#left = { inode, size: size + lines.bytes.length, sequence: lines.sequence, time: lines.time };
    } finally {
      closeSync(file.descriptor);
    }
  }

  /** The file of this boot, cut off behind what is whole of it; undefined where there is none. */
  #resume(): OpenJournal | undefined {
    const { O_RDWR, O_APPEND, O_NOFOLLOW } = constants;
    const descriptor = unless(['ENOENT'], () => openSync(this.#path(0), O_RDWR | O_APPEND | O_NOFOLLOW));
    if (descriptor === undefined) return undefined;
    const { ino: inode, size } = fstatSync(descriptor);
    if (this.#left?.inode === inode && this.#left.size === size) return { ...this.#left, descriptor };
    const end = readHead(descriptor)?.boot === bootId() ? readEnd(descriptor, size) : undefined;
    if (end === undefined) {
      closeSync(descriptor);
      return undefined;
    }
    if (end.size < size) ftruncateSync(descriptor, end.size);
    return { ...end, descriptor, inode };
  }

  /** A new file, in front of those that there are. */
  #begin(): OpenJournal {
    const { head, time } = this.#next();
    for (let index = FILES.length - 1; index > 0; index--)
      unless(['ENOENT'], () => renameSync(this.#path(index - 1), this.#path(index)));
    const { O_RDWR, O_CREAT, O_EXCL, O_APPEND } = constants;
    const descriptor = openSync(this.#path(0), O_RDWR | O_CREAT | O_EXCL | O_APPEND, 0o600);
    const bytes = Buffer.from(`${JSON.stringify(head)}\n`);
    writeFully(descriptor, bytes);
    const { ino: inode } = fstatSync(descriptor);
    return { descriptor, inode, size: bytes.length, sequence: head.after, time };
  }

  /** What follows the newest file in which anything is whole. */
  #next(): { head: JournalHead; time: string } {
    const boot = bootId();
    for (const [index] of FILES.entries()) {
      const newest = this.#look(index);
      if (newest === undefined) continue;
      const { sequence: previous, time } = newest;
      const after = newest.head.boot === boot ? previous : (Math.floor(previous / ROOM) + 1) * ROOM;
      return { head: { boot, previous, after }, time };
    }
    return { head: { boot, previous: 0, after: 0 }, time: '' };
  }

  #look(index: number): (JournalEnd & { head: JournalHead }) | undefined {
    const descriptor = unless(['ENOENT'], () => openSync(this.#path(index), 'r'));
    if (descriptor === undefined) return undefined;
    try {
      const head = readHead(descriptor);
      const end = readEnd(descriptor, fstatSync(descriptor).size);
      return head && end && { ...end, head };
    } finally {
      closeSync(descriptor);
    }
  }

  #path(index: number): string {
    return join(this.#directory, FILES[index] ?? '');
  }
}

function linesOf(happenings: readonly Happening[], end: JournalEnd) {
  // A clock that is set back does not make the journal go back.
  let time = new Date().toISOString();
  if (time < end.time) time = end.time;
  let { sequence } = end;
  const lines = happenings.map((happening) => JSON.stringify({ sequence: ++sequence, time, ...happening }));
  return { bytes: Buffer.from(`${lines.join('\n')}\n`), sequence, time };
}
