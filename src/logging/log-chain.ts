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
    return this.#nearest((numbers) => numbers);
  }

  oldest(): Promise<LogPair | undefined> {
    return this.#nearest((numbers) => numbers.toReversed());
  }

  /** The next one, `lost` where the pair itself is no longer in the log, nothing where it is the newest. */
  newerThan(pair: LogPair): Promise<LogPair | 'lost' | undefined> {
    return this.#neighbour(pair, (numbers, own) => numbers.filter((number) => number < own).toReversed());
  }

  /** The one before, `lost` where the pair itself is no longer in the log, nothing where it is the oldest. */
  olderThan(pair: LogPair): Promise<LogPair | 'lost' | undefined> {
    return this.#neighbour(pair, (numbers, own) => numbers.filter((number) => number > own));
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

  /** The first of those in question, in their order, that can be opened. */
  async #nearest(choose: (numbers: number[]) => number[]): Promise<LogPair | undefined> {
    for (let tries = 0; tries < TRIES; tries++) {
      const numbers = choose(dataNumbers(this.directory));
      if (numbers.length === 0) return undefined;
      for (const number of numbers) {
        const pair = this.#open(number);
        if (pair !== undefined) return pair;
        // It was renamed meanwhile, unless it has lost its index, as in a crash.
        if (tries < TRIES / 2) break;
      }
      await setTimeout(1);
    }
    return undefined;
  }

  async #neighbour(
    pair: LogPair,
    choose: (numbers: number[], own: number) => number[],
  ): Promise<LogPair | 'lost' | undefined> {
    for (let tries = 0; tries < TRIES; tries++) {
      const own = this.#numberOf(pair);
      if (own === undefined) return 'lost';
      const found = await this.#nearest((numbers) => choose(numbers, own));
      // What lies next to a number is next to the pair as long as the pair has that number.
      if (this.#keyAt('data', own) === pair.key) return found;
      found?.close();
    }
    return 'lost';
  }

  /** Numbers only grow, so that who looks upward does not miss it, unless there is one more when he is done. */
  #numberOf(pair: LogPair): number | undefined {
    for (let tries = 0; tries < TRIES; tries++) {
      const numbers = dataNumbers(this.directory);
      const newest = this.#keyAt('data', 0);
      for (const number of [...numbers, (numbers.at(-1) ?? 0) + 1]) {
        if (this.#keyAt('data', number) === pair.key) return number;
      }
      if (this.#keyAt('data', 0) === newest) return undefined;
    }
    return undefined;
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
