import { visible } from '../errors/visible.ts';
import { writeFully } from '../linux/descriptor.ts';
import { windowSize } from '../linux/terminal.ts';
import type { Caller } from '../operations/caller.ts';
import type { Progress } from '../operations/image/progress.ts';
import { liveLines } from './live-view.ts';
import { fileSize } from './quantity.ts';

/** Milliseconds between two looks of who watches. */
const PAUSE = 100;

const BAR = 30;

/** Characters of what it is, so that the bar has room on a usual terminal. */
const LONGEST = 28;

interface Part {
  done: number;
  total?: number | undefined;
}

/** A line for each part of what takes its time, in place on the caller's stderr; nothing where that is no terminal. */
export class ProgressView implements Progress {
  readonly #descriptor: number;
  readonly #isShown: boolean;
  readonly #parts = new Map<string, Part>();
  #drawn = 0;
  #last = 0;

  constructor({ stderr, environment }: Caller) {
    this.#descriptor = stderr.descriptor;
    this.#isShown = stderr.terminal && environment.TERM !== 'dumb';
  }

  show(what: string, done: number, total?: number): void {
    if (!this.#isShown) return;
    const isNew = !this.#parts.has(what);
    this.#parts.set(what, { done, total });
    const now = performance.now();
    if (isNew || done === total || now - this.#last >= PAUSE) this.#draw(now);
  }

  /** Shows the last state of all; what is written from now on stands below. */
  close(): void {
    if (this.#parts.size > 0) this.#draw(performance.now());
    this.#parts.clear();
    this.#drawn = 0;
  }

  #draw(now: number): void {
    const lines = [...this.#parts].map(([what, part]) => progressLine(what, part));
    const { rows, columns } = windowSize(this.#descriptor);
    // A terminal that nobody has measured says 0.
    const size = { rows: rows || 24, columns: columns || 80 };
    const { text, count } = liveLines(lines, size, this.#drawn);
    this.#drawn = count;
    this.#last = now;
    writeFully(this.#descriptor, text);
  }
}

/** `unpack 4f2a9c0b7d1e  [==========>         ]  12MB/30MB`. */
export function progressLine(what: string, { done, total }: Part): string {
  const name = visible(what);
  const label = name.length <= LONGEST ? name : `${name.slice(0, LONGEST - 3)}...`;
  if (total === undefined) return `${label}  ${fileSize(done)}`;
  const full = total === 0 ? BAR : Math.min(BAR, Math.floor((BAR * done) / total));
  const bar = full === BAR ? '='.repeat(BAR) : `${'='.repeat(full)}>`.padEnd(BAR);
  return `${label}  [${bar}]  ${fileSize(done)}/${fileSize(total)}`;
}
