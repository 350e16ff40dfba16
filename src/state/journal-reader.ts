import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { unless } from '../linux/link.ts';
import type { EventRecord } from '../schema/operations/events.ts';
import { journalDirectory } from './journal.ts';
import { FILES, type JournalHead, LARGEST, parseEvent, readEnd, readHead } from './journal-file.ts';

interface Opened {
  descriptor: number;
  inode: number;
  head: JournalHead;
}

const NEWLINE = 0x0a;

/** Reads the journal forward, as it is written and moved on. Takes no lock. */
export class JournalReader {
  readonly #directory: string;
  /** Number of the last event that was read, or need not be; undefined in front of all. */
  #position: number | undefined;
  #file: (Opened & { offset: number }) | undefined;

  /** Begins behind an event, or in front of the oldest that is there. */
  constructor(root: string, after: number | 'oldest' = 'oldest') {
    this.#directory = journalDirectory(root);
    this.#position = after === 'oldest' ? undefined : after;
  }

  /** All that has come since. Throws SC_NOT_FOUND for events that are kept no more, with the oldest that is. */
  read(): EventRecord[] {
    const events: EventRecord[] = [];
    for (;;) {
      this.#file ??= this.#open();
      if (this.#file === undefined) return events;
      // Whoever begins another file has written to this one for the last time.
      const newest = statSync(join(this.#directory, FILES[0]), { throwIfNoEntry: false });
      const isLast = newest?.ino === this.#file.inode;
      for (const event of this.#take(this.#file)) {
        if (this.#position !== undefined && event.sequence <= this.#position) continue;
        this.#position = event.sequence;
        events.push(event);
      }
      if (isLast) return events;
      const next = this.#openNext(this.#file.head);
      if (next === undefined) return events;
      closeSync(this.#file.descriptor);
      this.#file = next;
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file.descriptor);
    this.#file = undefined;
  }

  /** The newest file that begins no later than where we are. */
  #open(): (Opened & { offset: number }) | undefined {
    const position = this.#position;
    return this.#choose((files) => {
      if (position === undefined) return files[0];
      if (files[0] !== undefined) refuseLoss(position, files[0].head);
      return files.findLast(({ head }) => head.previous <= position);
    });
  }

  #openNext({ after }: JournalHead): (Opened & { offset: number }) | undefined {
    return this.#choose((files) => {
      const next = files.find(({ head }) => head.after > after);
      if (next !== undefined && this.#position !== undefined) refuseLoss(this.#position, next.head);
      return next;
    });
  }

  /** Closes all but the chosen one. */
  #choose(choice: (files: Opened[]) => Opened | undefined): (Opened & { offset: number }) | undefined {
    const files = openAll(this.#directory);
    let chosen: Opened | undefined;
    try {
      chosen = choice(files);
    } finally {
      for (const file of files) if (file !== chosen) closeSync(file.descriptor);
    }
    return chosen && { ...chosen, offset: 0 };
  }

  /** What is whole; the part of a line is left for the next time. */
  #take(file: Opened & { offset: number }): EventRecord[] {
    const { size } = fstatSync(file.descriptor);
    const bytes = Buffer.alloc(Math.min(Math.max(0, size - file.offset), 2 * LARGEST));
    const length = readSync(file.descriptor, bytes, 0, bytes.length, file.offset);
    const end = bytes.subarray(0, length).lastIndexOf(NEWLINE) + 1;
    file.offset += end;
    const lines = bytes.toString('utf8', 0, end).split('\n');
    return lines.map(parseEvent).filter((event) => event !== undefined);
  }
}

/** Number of the last event; 0 where there is none. */
export function lastEvent(root: string): number {
  const directory = journalDirectory(root);
  const files = openAll(directory);
  try {
    const ends = files.map(({ descriptor }) => readEnd(descriptor, fstatSync(descriptor).size));
    return Math.max(0, ...ends.map((end) => end?.sequence ?? 0));
  } finally {
    for (const { descriptor } of files) closeSync(descriptor);
  }
}

/** The oldest first. They are opened from the newest on, so that one that is moved on meanwhile is met twice at most. */
function openAll(directory: string): Opened[] {
  const files = new Map<number, Opened>();
  for (const name of FILES) {
    const descriptor = unless(['ENOENT'], () => openSync(join(directory, name), 'r'));
    if (descriptor === undefined) continue;
    const inode = fstatSync(descriptor).ino;
    const head = files.has(inode) ? undefined : readHead(descriptor);
    if (head === undefined) closeSync(descriptor);
    else files.set(inode, { descriptor, inode, head });
  }
  return [...files.values()].sort((one, other) => one.head.after - other.head.after);
}

function refuseLoss(position: number, { previous }: JournalHead): void {
  if (previous <= position) return;
  throw new ScError(
    'SC_NOT_FOUND',
    `read the events after ${position}: those up to ${previous} are kept no more`,
    { hint: `--since ${previous} gives all that are there` },
  );
}
