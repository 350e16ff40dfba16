import { ScError } from '../errors/error.ts';
import { unstartedCode } from '../errors/unstarted-code.ts';
import { bootId } from '../linux/boot.ts';
import { ignoreGone } from '../operations/recover.ts';
import type { Workplace } from '../operations/workplace.ts';
import type { ContainerState } from '../schema/container-state.ts';
import { claimed } from '../state/claimed.ts';
import { failedRestart } from '../state/ended.ts';
import { dueRestart, plannedRestart } from '../state/restarts.ts';
import { complain } from './complaints.ts';
import type { Ledger } from './ledger.ts';
import { Waiting } from './waiting.ts';

/** Milliseconds after which a start is tried again that could not even be counted as failed, as on a full disk. */
const LATER = 60_000;

/** Containers that their policies start again: until they are due, and until they run. */
export class Restarts {
  readonly #place: Workplace;
  readonly #ledger: Ledger;
  readonly #launch: (state: ContainerState) => Promise<void>;
  readonly #onQuiet: () => void;
  readonly #waiting = new Waiting((id) => this.#begin(id));
  /** Of those that are being started. */
  readonly #starting = new Set<Promise<void>>();

  /** `launch` starts one that the caller has to itself; `onQuiet` is called when that is over. */
  constructor(
    place: Workplace,
    ledger: Ledger,
    launch: (state: ContainerState) => Promise<void>,
    onQuiet: () => void,
  ) {
    this.#place = place;
    this.#ledger = ledger;
    this.#launch = launch;
    this.#onQuiet = onQuiet;
  }

  get size(): number {
    return this.#waiting.size + this.#starting.size;
  }

  /** Answers whether it is to be started again. */
  wait(state: ContainerState): boolean {
    const due = dueRestart(state, bootId(), Date.now());
    if (due === undefined) return false;
    this.#waiting.add(state.id, due);
    return true;
  }

  /**
   * One that is due waits by its record from now on, in this boot of the machine: whoever dies on the way to its
   * start is followed by another.
   */
  async take(id: string): Promise<void> {
    const at = new Date().toISOString();
    const plan = (now: ContainerState) => (isDue(now) ? claimed(plannedRestart(now, at)) : now);
    this.wait(await this.#place.store.update(id, plan, { durable: false }));
  }

  /** It was started by who asked for that. */
  forget(id: string): void {
    this.#waiting.forget(id);
  }

  /** Leaves those that wait to whoever comes next, and none in the middle of a start. */
  async close(): Promise<void> {
    this.#waiting.close();
    await Promise.all(this.#starting);
  }

  #begin(id: string): void {
    const start = this.#start(id).finally(() => {
      this.#starting.delete(start);
      this.#onQuiet();
    });
    this.#starting.add(start);
  }

  async #start(id: string): Promise<void> {
    try {
      const met = await ignoreGone(this.#ledger.exclusively(id, (state) => this.#startIfDue(state)));
      if (met === undefined) this.#ledger.ports.letGo(id);
    } catch (error) {
      complain(`start container "${id}" again`, error);
      this.#waiting.add(id, LATER);
    }
  }

  /** Somebody may have started or stopped it meanwhile. */
  async #startIfDue(state: ContainerState): Promise<void> {
    const due = dueRestart(state, bootId(), Date.now());
    if (due === 0) return this.#launch(state).catch((error) => this.#failed(state, error));
    if (!this.wait(state) && state.status === 'stopped') this.#ledger.ports.letGo(state.id);
  }

  /** A start that fails counts as a run that does, and is tried again as that. */
  async #failed({ id, name, exit: last }: ContainerState, error: unknown): Promise<void> {
    // Once: it may be tried again and again.
    if (last?.cause !== 'runner') complain(`start "${name}" again`, error);
    const exit = { code: codeOf(error), cause: 'runner' } as const;
    const finishedAt = new Date().toISOString();
    const record = (now: ContainerState) => {
      const ended = failedRestart(now, { exit, finishedAt });
      this.#ledger.ports.keepIfDue(ended);
      return ended;
    };
    this.wait(await this.#place.store.update(id, record));
  }
}

export function isDue(state: ContainerState): boolean {
  return dueRestart(state, bootId(), Date.now()) !== undefined;
}

/** As `sc run` would end. */
function codeOf(error: unknown): number {
  return (error instanceof ScError ? unstartedCode(error.code) : undefined) ?? 125;
}
