import { readSync } from 'node:fs';
import type { EventRecord } from '../schema/operations/events.ts';

/** Bytes of a file of the journal at which a new one is begun. */
export const LARGEST = 1024 * 1024;

/** The one that is written to, and those before it, which are read only: the newest first. */
export const FILES = ['journal', 'journal.1', 'journal.2', 'journal.3'] as const;

/**
 * The first line of a file of the journal; each that follows is an event. A power cut may take the last events
 * of a boot back that somebody has read, so that the numbers of the next one leave room for them.
 */
export interface JournalHead {
  boot: string;
  /** Number of the last event before this file; those of the file are greater than `after`, which is not less. */
  previous: number;
  after: number;
}

/** Where a file of the journal ends, as far as it is whole. */
export interface JournalEnd {
  /** Bytes. */
  size: number;
  /** Of the last event; what the head says where there is none. */
  sequence: number;
  time: string;
}

const WINDOW = 16 * 1024;
const NEWLINE = 0x0a;

function parseHead(line: string): JournalHead | undefined {
  const head = parse(line);
  const isHead = head !== undefined && 'boot' in head && 'previous' in head && 'after' in head;
  return isHead ? (head as unknown as JournalHead) : undefined;
}

export function parseEvent(line: string): EventRecord | undefined {
  const event = parse(line);
  const isEvent = event !== undefined && 'sequence' in event && 'type' in event;
  return isEvent ? (event as unknown as EventRecord) : undefined;
}

/** Undefined for a file without one. */
export function readHead(descriptor: number): JournalHead | undefined {
  const bytes = Buffer.alloc(256);
  const text = bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, bytes.length, 0));
  const end = text.indexOf('\n');
  return end === -1 ? undefined : parseHead(text.slice(0, end));
}

/**
 * Looks for the last whole line from the end of a file of `size` bytes: behind it may be the part of a line that
 * was written when a writer was killed, or what a power cut made of it. Undefined where no line is whole.
 */
export function readEnd(descriptor: number, size: number): JournalEnd | undefined {
  for (const window of [WINDOW, size]) {
    const from = Math.max(0, size - window);
    const bytes = Buffer.alloc(size - from);
    readSync(descriptor, bytes, 0, bytes.length, from);
    for (let end = bytes.lastIndexOf(NEWLINE); end >= 0; ) {
      const before = end === 0 ? -1 : bytes.lastIndexOf(NEWLINE, end - 1);
      const line = bytes.toString('utf8', before + 1, end);
      const event = parseEvent(line);
      if (event !== undefined) return { size: from + end + 1, sequence: event.sequence, time: event.time };
      const head = parseHead(line);
      if (head !== undefined) return { size: from + end + 1, sequence: head.after, time: '' };
      end = before;
    }
    if (from === 0) break;
  }
  return undefined;
}

function parse(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
