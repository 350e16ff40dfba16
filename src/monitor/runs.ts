import { setTimeout } from 'node:timers/promises';
import type { Adopted, ContainerHandle } from '../backend/backend.ts';
import type { Workplace } from '../operations/workplace.ts';
import type { ContainerState, ExitStatus } from '../schema/container-state.ts';
import { complain } from './complaints.ts';
import { watchHealth } from './health.ts';
import { killOverdue } from './overdue.ts';

/** Milliseconds after which an end is recorded again that could not be. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;

/** A container in one of its runs, until its end is recorded. */
interface Run {
  /** Ends its health checks, and the wait for its deadline. */
  watch: AbortController;
}

/** Containers that run: their health is checked, their deadlines are seen to, and their ends are heard. */
export class Runs {
  readonly #place: Workplace;
  readonly #record: (state: ContainerState, exit: ExitStatus) => Promise<void>;
  readonly #onQuiet: () => void;
  readonly #runs = new Set<Run>();
  #isClosed = false;

  /** Has each end recorded, and says when one is. */
  constructor(
    place: Workplace,
    record: (state: ContainerState, exit: ExitStatus) => Promise<void>,
    onQuiet: () => void,
  ) {
    this.#place = place;
    this.#record = record;
    this.#onQuiet = onQuiet;
  }

  get size(): number {
    return this.#runs.size;
  }

  add(state: ContainerState, handle: Pick<ContainerHandle | Adopted, 'wait'>): void {
    const run = { watch: new AbortController() };
    this.#runs.add(run);
    void watchHealth(this.#place, state, run.watch.signal);
    void killOverdue(this.#place, state, run.watch.signal);
    void this.#hear(state, handle, run);
  }

  /** Leaves all to whoever comes next. */
  close(): void {
    this.#isClosed = true;
    for (const { watch } of this.#runs) watch.abort();
  }

  /** Tries again and again, as on a full disk: nobody else does as long as this monitor lives. */
  async #insist(state: ContainerState, exit: ExitStatus): Promise<void> {
    for (let pause = FIRST_PAUSE; !this.#isClosed; pause = Math.min(2 * pause, LONGEST_PAUSE))
      try {
        return await this.#record(state, exit);
      } catch (error) {
        complain(`record the end of container "${state.id}"`, error);
        await setTimeout(pause, undefined, { ref: false });
      }
  }

  async #hear(
    state: ContainerState,
    handle: Pick<ContainerHandle | Adopted, 'wait'>,
    run: Run,
  ): Promise<void> {
    try {
      const exit = await handle.wait().finally(() => run.watch.abort());
      await this.#insist(state, exit);
    } catch (error) {
      complain(`wait for the end of container "${state.id}"`, error);
    } finally {
      this.#runs.delete(run);
      this.#onQuiet();
    }
  }
}
