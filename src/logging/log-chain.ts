import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isErrno } from '../linux/descriptor.ts';
import { dataNumber, logFileName } from './layout.ts';
import { keyOf, LogPair } from './log-pair.ts';

/** How often one looks at files that are renamed meanwhile, a millisecond apart. */
const TRIES = 50;

/**
 * The pairs of a log, while its keeper may rename them at any time: a pair is found again by what it is, and its
 * neighbours by the number that it has then. Every pair that is answered is for the caller to close.
 */
export class LogChain {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Undefined where there is no log yet, or none any more. */
  newest(): Promise<LogPair | undefined> {
    return this.#first(
      () => this.#numbers(),
      (number) => this.#next(number, -1) === undefined,
    );
  }

  oldest(): Promise<LogPair | undefined> {
    return this.#first(
      () => [...this.#numbers()].toReversed(),
      (number) => this.#next(number, 1) === undefined,
    );
  }

  /** The next one, `lost` where the pair itself is no longer in the log, nothing where it is the newest. */
  newerThan(pair: LogPair): Promise<LogPair | 'lost' | undefined> {
    return this.#neighbour(pair, -1);
  }

  /** The one before, `lost` where the pair itself is no longer in the log, nothing where it is the oldest. */
  olderThan(pair: LogPair): Promise<LogPair | 'lost' | undefined> {
    return this.#neighbour(pair, 1);
  }

  isNewest(pair: LogPair): boolean {
    return this.#keyAt('data', 0) === pair.key;
  }

  /** Opens a pair again that was closed. */
  async find(key: string): Promise<LogPair | undefined> {
    for (let pair = await this.newest(); pair !== undefined; ) {
      if (pair.key === key) return pair;
      const older = await this.olderThan(pair);
      pair.close();
      pair = older === 'lost' ? undefined : older;
    }
    return undefined;
  }

  /** The first of those in question, in their order, that can be opened and is the right one. */
  async #first(
    inQuestion: () => Iterable<number>,
    isRight: (number: number) => boolean,
  ): Promise<LogPair | undefined> {
    for (let tries = 0; tries < TRIES; tries++) {
      // After so many it is not renamed meanwhile, but has lost its index or its neighbour, as in a crash.
      const isBroken = tries >= TRIES / 2;
      let isAny = false;
      for (const number of inQuestion()) {
        isAny = true;
        const pair = this.#open(number);
        // What lies next to a number is next to the pair as long as the pair has that number.
        if (pair && (isBroken || (isRight(number) && this.#keyAt('data', number) === pair.key))) return pair;
        pair?.close();
        if (!isBroken) break;
      }
      if (!isAny) return undefined;
      await setTimeout(1);
    }
    return undefined;
  }

  async #neighbour(pair: LogPair, way: 1 | -1): Promise<LogPair | 'lost' | undefined> {
    for (let tries = 0; tries < TRIES; tries++) {
      const own = this.#numberOf(pair);
      if (own === undefined) return 'lost';
      const found = await this.#first(
        () => this.#beside(own, way),
        (number) => number === this.#next(own, way),
      );
      if (this.#keyAt('data', own) === pair.key) return found;
      found?.close();
    }
    return 'lost';
  }

  /** The nearest first. */
  *#beside(own: number, way: 1 | -1): Generator<number> {
    const next = this.#next(own, way);
    if (next !== undefined) yield next;
    const others = [...this.#numbers()].filter((number) => (number - own) * way > 0);
    yield* way > 0 ? others : others.toReversed();
  }

  /** Number of the neighbour on one side: a pair that is renamed leaves one number free, for the next. */
  #next(own: number, way: 1 | -1): number | undefined {
    // Upward, as they move.
    const there = [own + way, own + 2 * way]
      .sort((left, right) => left - right)
      .filter((number) => this.#keyAt('data', number) !== undefined);
    return way > 0 ? there[0] : there.at(-1);
  }

  #numberOf(pair: LogPair): number | undefined {
    for (let tries = 0; tries < TRIES; tries++) {
      const newest = this.#keyAt('data', 0);
      for (const number of this.#numbers()) if (this.#keyAt('data', number) === pair.key) return number;
      // There is one more by now, and it may have been between two that were renamed.
      if (this.#keyAt('data', 0) !== newest) continue;
      return undefined;
    }
    return undefined;
  }

  /**
   * Numbers only grow, so that who looks upward misses none. Who lists a directory may miss what is renamed meanwhile:
   * readdir(3).
   */
  *#numbers(): Generator<number> {
    const last = dataNumbers(this.directory).at(-1) ?? 0;
    for (let [number, missing] = [0, 0]; missing < 2 || number <= last; number++) {
      const isThere = this.#keyAt('data', number) !== undefined;
      missing = isThere ? 0 : missing + 1;
      if (isThere) yield number;
    }
  }

  /** Undefined where its names change while one looks. */
  #open(number: number): LogPair | undefined {
    const isBetween = this.#isBetweenRenames(number);
    const indexNumber = isBetween ? number - 1 : number;
    try {
      const pair = new LogPair(this.#path('data', number), this.#path('index', indexNumber));
      const isStill =
        this.#isBetweenRenames(number) === isBetween &&
        this.#keyAt('data', number) === pair.key &&
        this.#keyAt('index', indexNumber) === pair.indexKey;
      if (isStill) return pair;
      pair.close();
      return undefined;
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  /** Whether the data has got this number, and its index still has the one before. */
  #isBetweenRenames(number: number): boolean {
    if (number === 0) return false;
    return !existsSync(this.#path('data', number - 1)) && existsSync(this.#path('index', number - 1));
  }

  #keyAt(kind: 'data' | 'index', number: number): string | undefined {
    const stats = statSync(this.#path(kind, number), { bigint: true, throwIfNoEntry: false });
    return stats && keyOf(stats);
  }

  #path(kind: 'data' | 'index', number: number): string {
    return join(this.directory, logFileName(kind, number));
  }
}

/** Numbers of the files of data, the newest first. */
export function dataNumbers(directory: string): number[] {
  try {
    return readdirSync(directory)
      .map(dataNumber)
      .filter((number) => number !== undefined)
      .sort((left, right) => left - right);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
