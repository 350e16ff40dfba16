import type { Adopted, ContainerHandle } from '../backend/backend.ts';
import { ScError } from '../errors/error.ts';
import { bootId } from '../linux/boot.ts';
import { processIsAlive, processReference } from '../linux/process.ts';
import { detaching, launchDetached } from '../operations/launch-detached.ts';
import { erase, finish, ignoreGone } from '../operations/recover.ts';
import type { Workplace } from '../operations/workplace.ts';
import type { ContainerState, ExitStatus, ProcessReference } from '../schema/container-state.ts';
import type { ContainerName } from '../schema/operations/many.ts';
import { endedState } from '../state/ended.ts';
import { dueRestarts } from './due-restarts.ts';

/** Keeps detached containers: starts them, hears how they end, and starts them again where that is their policy. */
export class Supervisor {
  readonly #place: Workplace;
  readonly #self: readonly string[];
  /** Called when something is over. */
  readonly #onQuiet: () => void;
  /** Those that run, each until its end is recorded. */
  readonly #running = new Map<string, Promise<void>>();
  readonly #restarts = new Map<string, NodeJS.Timeout>();
  #isClosed = false;

  constructor(place: Workplace, self: readonly string[], onQuiet: () => void) {
    this.#place = place;
    this.#self = self;
    this.#onQuiet = onQuiet;
  }

  /** Whether some container runs, or waits to be started again. */
  isNeeded(): boolean {
    return this.#running.size > 0 || this.#restarts.size > 0;
  }

  /** Takes up what an earlier monitor has left, and what the last boot of the machine has. */
  async adoptAll(): Promise<void> {
    const { containers } = await this.#place.store.list();
    for (const state of containers) {
      try {
        await this.#takeUp(state);
      } catch (error) {
        complain(`take up "${state.name}"`, error);
      }
    }
  }

  /** No effect on one that runs. */
  async start(reference: string): Promise<ContainerName> {
    const { store } = this.#place;
    const id = await store.identify(reference);
    return store.exclusively(id, async () => {
      const state = await this.#place.observe(await store.find(id));
      const named = { id, name: state.name };
      if (state.status === 'running' || state.status === 'paused') return named;
      if (state.status === 'creating')
        throw new ScError('SC_WRONG_STATE', `start "${state.name}": it is being made`, {
          hint: 'wait until it is',
        });
      this.#forget(id);
      const launched = await launchDetached(this.#place, id, {
        self: this.#self,
        hearLog: (errno) => this.#hearLog(id, errno),
      });
      this.#tend(launched.state, launched.handle);
      return named;
    });
  }

  /** Leaves all containers to whoever comes next. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#restarts.values()) clearTimeout(timer);
  }

  async #takeUp(state: ContainerState): Promise<void> {
    if (state.detached !== true) return;
    const { id, keeper } = state;
    const isRunning = state.status === 'running' || state.status === 'paused';
    if (isRunning && keeper !== undefined && state.bootId === bootId() && processIsAlive(keeper)) {
      const { adopt } = await detaching(this.#place, state);
      const runner = processReference(process.pid);
      await this.#place.store.update(id, (now) => ({ ...now, runner }), { durable: false });
      const recordDirectory = this.#place.store.directory(id);
      const hearLog = (errno: number) => this.#hearLog(id, errno);
      this.#tend(state, adopt({ id, keeper, recordDirectory, hearLog }));
      return;
    }
    const settled = state.status === 'stopped' ? state : await finish(this.#place, state);
    if (settled === undefined) return;
    const due = dueRestarts(settled, bootId());
    if (due !== undefined) this.#restartAt(id, due);
  }

  #tend({ id, keeper }: ContainerState, handle: Pick<ContainerHandle | Adopted, 'wait'>): void {
    const end = handle
      .wait()
      .then((exit) => (this.#isClosed ? undefined : this.#recordEnd(id, exit, keeper)))
      .catch((error: unknown) => complain(`record the end of container "${id}"`, error))
      .finally(() => {
        if (this.#running.get(id) === end) this.#running.delete(id);
        this.#onQuiet();
      });
    this.#running.set(id, end);
  }

  /** Unless somebody else has recorded it, and maybe started the container again with another `keeper`. */
  async #recordEnd(id: string, exit: ExitStatus, keeper?: ProcessReference): Promise<void> {
    const { store } = this.#place;
    const finishedAt = new Date().toISOString();
    const state = await ignoreGone(
      store.update(id, (now) => (isOver(now, keeper) ? now : endedState(now, { exit, finishedAt }))),
    );
    if (state === undefined || state.status !== 'stopped') return;
    const { nextAt } = state.restarts ?? {};
    if (nextAt !== undefined) this.#restartAt(id, Date.parse(nextAt));
    else if (state.spec.removeOnExit) await erase(this.#place, state);
  }

  #restartAt(id: string, time: number): void {
    this.#forget(id);
    // Later than that setTimeout(3) knows no time.
    const wait = Math.min(Math.max(0, time - Date.now()), 2 ** 31 - 1);
    const timer = setTimeout(() => {
      this.#restarts.delete(id);
      void this.#restart(id).finally(this.#onQuiet);
    }, wait);
    this.#restarts.set(id, timer);
  }

  /** Unless somebody has stopped or deleted it meanwhile. */
  async #restart(id: string): Promise<void> {
    const { store } = this.#place;
    try {
      const before = await store.find(id);
      if (this.#isClosed || before.status === 'running' || before.stopRequestedAt !== undefined) return;
      await store.update(id, counted);
      await this.start(id);
    } catch (error) {
      if (error instanceof ScError && error.code === 'SC_NOT_FOUND') return;
      complain(`start container "${id}" again`, error);
      await this.#recordEnd(id, { code: codeOf(error), cause: 'runner' });
    }
  }

  #forget(id: string): void {
    clearTimeout(this.#restarts.get(id));
    this.#restarts.delete(id);
  }

  #hearLog(id: string, errno: number): void {
    complain(`write the log of container "${id}"`, errno === 0 ? 'it is written again' : `errno ${errno}`);
  }
}

function isOver(state: ContainerState, keeper: ProcessReference | undefined): boolean {
  return keeper === undefined ? false : state.status === 'stopped' || state.keeper?.pid !== keeper.pid;
}

/** As `sc run` would end. */
function codeOf(error: unknown): number {
  const code = error instanceof ScError ? error.code : undefined;
  return code === 'SC_PROGRAM_NOT_FOUND' ? 127 : code === 'SC_NOT_EXECUTABLE' ? 126 : 125;
}

function counted(state: ContainerState): ContainerState {
  const { total = 0, inARow = 0 } = state.restarts ?? {};
  return { ...state, restarts: { total: total + 1, inARow: inARow + 1 } };
}

/** Goes to the monitor's log. */
function complain(what: string, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  console.error(`${new Date().toISOString()} ${what}: ${reason}`);
}
