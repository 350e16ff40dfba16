import { ScError } from '../errors/error.ts';
import { bootId } from '../linux/boot.ts';
import { FileChanges } from '../linux/file-changes.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Awaited, Condition } from '../schema/operations/wait.ts';
import { journalDirectory } from '../state/journal.ts';
import { JournalReader, lastEvent } from '../state/journal-reader.ts';
import { isTended } from '../state/observe.ts';
import { ignoreGone } from './recover.ts';
import { judge, type Sight } from './wait-condition.ts';
import type { Workplace } from './workplace.ts';

/** Milliseconds between two looks for processes that have ended with nobody left who would tell. */
const PAUSE = 200;

/** One of so many looks is at the records too: what has no room in the journal is not told. */
const THOROUGH = 10;

interface Waiter extends Sight {
  settled: PromiseWithResolvers<Awaited>;
}

interface WaitingOptions {
  /** In milliseconds. */
  timeout?: number | undefined;
  /** What it is not waited for any more with, though it may still come about. */
  isHopeless?: (state: ContainerState) => ScError | undefined;
}

/**
 * One look for all who wait, as long as somebody does: at those of whom something is told, and now and then at
 * their processes and records, so that nobody needs to live who would tell.
 */
export class Waiting {
  readonly #place: Workplace;
  readonly #condition: Condition;
  readonly #isHopeless: WaitingOptions['isHopeless'];
  readonly #timeout: number | undefined;
  readonly #end: number;
  readonly #changes = new FileChanges();
  readonly #waiters = new Map<string, Waiter>();
  readonly #closed = new AbortController();
  /** From before the first look on. */
  #journal: JournalReader;
  #isWatching = false;

  constructor(place: Workplace, condition: Condition, { timeout, isHopeless }: WaitingOptions = {}) {
    this.#place = place;
    this.#condition = condition;
    this.#isHopeless = isHopeless;
    this.#timeout = timeout;
    this.#end = performance.now() + (timeout ?? Number.POSITIVE_INFINITY);
    this.#changes.watch(journalDirectory(place.settings.root));
    this.#journal = this.#listen();
  }

  /** Resolves when it has come about. */
  async waitFor(reference: string): Promise<Awaited> {
    const state = await this.#place.store.find(reference);
    const known = this.#waiters.get(state.id);
    if (known !== undefined) return known.settled.promise;
    const settled = Promise.withResolvers<Awaited>();
    const waiter: Waiter = { state, isGone: false, told: undefined, settled };
    this.#waiters.set(state.id, waiter);
    await this.#look(waiter);
    if (!this.#isWatching) void this.#watch();
    return settled.promise;
  }

  close(): void {
    this.#closed.abort();
    this.#changes.close();
    this.#journal.close();
  }

  async #watch(): Promise<void> {
    this.#isWatching = true;
    try {
      for (let turn = 1; this.#waiters.size > 0 && !this.#closed.signal.aborted; turn++) {
        if (performance.now() >= this.#end) return this.#giveUp();
        await this.#changes.wait(Math.min(PAUSE, this.#end - performance.now()), this.#closed.signal);
        this.#changes.forget();
        this.#changes.watch(journalDirectory(this.#place.settings.root));
        const told = this.#hear();
        for (const waiter of [...this.#waiters.values()]) {
          const { state } = waiter;
          const isLeft = state.status !== 'stopped' && !isTended(state);
          if (told.has(state.id) || isLeft || turn % THOROUGH === 0) await this.#look(waiter);
        }
      }
    } finally {
      // Whoever comes from now on is looked at by another turn of this.
      this.#isWatching = false;
    }
  }

  /** What has become of it by now. */
  async #look(waiter: Waiter): Promise<void> {
    const { id } = waiter.state;
    try {
      const seen = await this.#observe(id);
      if (seen !== undefined) waiter.state = seen;
      else waiter.isGone = true;
      // The end of one that is gone was told before it was.
      if (waiter.isGone) this.#hear();
      const awaited = judge(this.#condition, waiter, bootId(), Date.now());
      const hopeless = awaited === undefined ? this.#isHopeless?.(waiter.state) : undefined;
      if (hopeless !== undefined) throw hopeless;
      if (awaited === undefined) return;
      waiter.settled.resolve(awaited);
    } catch (error) {
      waiter.settled.reject(error);
    }
    this.#waiters.delete(id);
  }

  /** As it is now; undefined where it is gone. */
  async #observe(id: string): Promise<ContainerState | undefined> {
    const { store } = this.#place;
    let state = await ignoreGone(store.find(id));
    while (state !== undefined) {
      const seen = await this.#place.observe(state);
      if (seen.exit?.code !== null || state.status === 'stopped') return seen;
      // Nobody knows its code; or it was deleted, or started again, while we were looking for it.
      const again = await ignoreGone(store.find(id));
      if (again?.status === state.status && again.startedAt === state.startedAt) return seen;
      state = again;
    }
    return undefined;
  }

  /** Answers of whom something was told, of all where that is too much to have been kept. */
  #hear(): ReadonlySet<string> {
    try {
      const events = this.#journal.read();
      for (const { type, container, exit } of events) {
        const waiter = container && this.#waiters.get(container.id);
        if (waiter !== undefined && type === 'stopped') waiter.told = exit;
      }
      return new Set(events.flatMap(({ container }) => container?.id ?? []));
    } catch (error) {
      if (!(error instanceof ScError) || error.code !== 'SC_NOT_FOUND') throw error;
      this.#journal.close();
      this.#journal = this.#listen();
      return new Set(this.#waiters.keys());
    }
  }

  #listen(): JournalReader {
    const { root } = this.#place.settings;
    return new JournalReader(root, lastEvent(root));
  }

  #giveUp(): void {
    for (const [id, { state, settled }] of this.#waiters) {
      const time = `${(this.#timeout ?? 0) / 1000} s`;
      const message = `wait for "${state.name}" to be ${this.#condition}: it is ${state.status} after ${time}`;
      settled.reject(new ScError('SC_TIMEOUT', message));
      this.#waiters.delete(id);
    }
  }
}
