import { ScError } from '../errors/error.ts';
import { during } from '../errors/reason.ts';
import { shellCode } from '../errors/shell-code.ts';
import { bootId } from '../linux/boot.ts';
import { errnoName } from '../linux/libc.ts';
import { processReference } from '../linux/process.ts';
import { detaching, launchDetached } from '../operations/launch-detached.ts';
import { erase, finish, ignoreGone } from '../operations/recover.ts';
import { endContainer, type HowToStop } from '../operations/stop.ts';
import type { Workplace } from '../operations/workplace.ts';
import type { ContainerState, ExitStatus } from '../schema/container-state.ts';
import type { ContainerName } from '../schema/operations/many.ts';
import { claimed } from '../state/claimed.ts';
import { endedState, failedRestart } from '../state/ended.ts';
import { happening } from '../state/happened.ts';
import { dueRestart, plannedRestart } from '../state/restarts.ts';
import { complain } from './complaints.ts';
import { Runs } from './runs.ts';
import { Waiting } from './waiting.ts';

/** Milliseconds after which a start is tried again that could not even be counted as failed, as on a full disk. */
const LATER = 60_000;

/** Keeps detached containers: starts them, hears how they end, and starts them again where that is their policy. */
export class Supervisor {
  readonly #place: Workplace;
  readonly #self: readonly string[];
  /** Called when something is over. */
  readonly #onQuiet: () => void;
  readonly #runs: Runs;
  readonly #waiting = new Waiting((id) => this.#beginRestart(id));
  /** Of those that are being started again. */
  readonly #restarting = new Set<Promise<void>>();
  #adopting: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(place: Workplace, self: readonly string[], onQuiet: () => void) {
    this.#place = place;
    this.#self = self;
    this.#onQuiet = onQuiet;
    this.#runs = new Runs(place, (state, exit) => this.#recordEnd(state, exit), onQuiet);
  }

  /** Whether some container runs, or waits to be started again. */
  isNeeded(): boolean {
    return this.#runs.size > 0 || this.#waiting.size > 0 || this.#restarting.size > 0;
  }

  /**
   * Takes up what an earlier monitor has left, and what the last boot of the machine has, and who has left a
   * terminal. That monitor may still be on its way out. A container that somebody else works on holds up no other.
   */
  adoptAll(): Promise<void> {
    // One call after the other, so that nobody is heard twice.
    this.#adopting = this.#adopting.then(() => this.#adoptEach());
    return this.#adopting;
  }

  async #adoptEach(): Promise<void> {
    const { containers } = await this.#place.store.list();
    const adoption = async ({ id, name }: ContainerState) => {
      try {
        await this.#takeUp(id);
      } catch (error) {
        if (isGone(error)) return;
        complain(`take up "${name}"`, error);
        this.#waiting.add(id, LATER);
      }
    };
    await Promise.all(containers.filter(({ detached }) => detached === true).map(adoption));
  }

  /** No effect on one that runs. */
  async start(reference: string): Promise<ContainerName> {
    return during('SC_SYSTEM_CALL', `start "${reference}"`, () =>
      this.#exclusively(reference, async (state) => {
        if (!isRunning(state)) await this.#launch(state, { isRestart: false });
      }),
    );
  }

  /** Ends one that runs as `sc stop` does, and starts it. */
  async restart(reference: string, how: HowToStop): Promise<ContainerName> {
    return during('SC_SYSTEM_CALL', `restart "${reference}"`, () =>
      this.#exclusively(reference, async (state) => {
        if (isRunning(state)) {
          refuseForeground(state);
          await endContainer(this.#place, state, how);
        }
        await this.#launch(await this.#look(state.id), { isRestart: false });
      }),
    );
  }

  /** Leaves all containers to whoever comes next, none in the middle of a start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting.close();
    this.#runs.close();
    await Promise.all(this.#restarting);
  }

  async #exclusively(
    reference: string,
    action: (state: ContainerState) => Promise<void>,
  ): Promise<ContainerName> {
    const { store } = this.#place;
    const id = await store.identify(reference);
    return store.exclusively(id, async () => {
      const state = await this.#look(id);
      await action(state);
      return { id, name: state.name };
    });
  }

  /** A container as it is now, and recorded as that: the news of its end may still be on its way. */
  async #look(id: string): Promise<ContainerState> {
    const recorded = await this.#place.store.find(id);
    const state = await this.#place.observe(recorded);
    const { exit, finishedAt } = state;
    const isNews = state.status === 'stopped' && recorded.status !== 'stopped' && exit !== undefined;
    if (!isNews) return state;
    // Of a keeper that was killed.
    await (await this.#place.backend(state.backend)).cleanUp(id);
    return this.#writeEnd(recorded, exit, finishedAt);
  }

  /** Only for who has the container to itself. */
  async #launch({ id, name, status }: ContainerState, { isRestart }: { isRestart: boolean }): Promise<void> {
    if (status === 'creating')
      throw new ScError('SC_WRONG_STATE', `start "${name}": it is being made`, {
        hint: 'wait until it is',
      });
    const launched = await launchDetached(this.#place, id, {
      self: this.#self,
      hearLog: (errno) => this.#hearLog(id, errno),
      isRestart,
    });
    this.#waiting.forget(id);
    this.#runs.add(launched.state, launched.handle);
  }

  async #takeUp(id: string): Promise<void> {
    const { store } = this.#place;
    const recorded = await store.find(id);
    const { status, keeper } = recorded;
    // It was started while others were taken up.
    if (isOurs(recorded)) return;
    // Who makes it may live, and have a monitor start it.
    if (status === 'creating' || status === 'created') {
      await finish(this.#place, recorded);
      return;
    }
    const state = isRunning(recorded) ? await this.#look(id) : recorded;
    if (isRunning(state) && keeper !== undefined) {
      const { adopt } = await detaching(this.#place, state);
      const runner = processReference(process.pid);
      await store.update(id, (now) => ({ ...now, runner }), { durable: false });
      const recordDirectory = store.directory(id);
      const hearLog = (errno: number) => this.#hearLog(id, errno);
      this.#runs.add(state, adopt({ id, keeper, recordDirectory, hearLog }));
    } else if (isDue(state)) this.#wait(await this.#planned(id));
    else if (state.spec.removeOnExit) await this.#erase(id);
  }

  async #recordEnd(run: ContainerState, exit: ExitStatus): Promise<void> {
    const { id } = run;
    const backend = await this.#place.backend(run.backend);
    const { finishedAt } = backend.readExit(this.#place.store.directory(id)) ?? {};
    const state = await ignoreGone(this.#writeEnd(run, exit, finishedAt));
    if (state?.status !== 'stopped' || state.startedAt !== run.startedAt) return;
    if (!this.#wait(state) && state.spec.removeOnExit) await this.#erase(id);
  }

  /** Unless somebody else has, and maybe started the container again. Answers what is recorded then. */
  #writeEnd(
    { id, startedAt }: ContainerState,
    exit: ExitStatus,
    finishedAt = new Date().toISOString(),
  ): Promise<ContainerState> {
    return this.#place.store.update(id, (now) =>
      now.status === 'stopped' || now.startedAt !== startedAt ? now : endedState(now, { exit, finishedAt }),
    );
  }

  /** Answers whether it is to be started again. */
  #wait(state: ContainerState): boolean {
    const due = dueRestart(state, bootId(), Date.now());
    if (due === undefined) return false;
    this.#waiting.add(state.id, due);
    return true;
  }

  /** Unless somebody has started it again just now. */
  async #erase(id: string): Promise<void> {
    try {
      await this.#exclusively(id, async (state) => {
        if (state.status === 'stopped') await erase(this.#place, state);
      });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  /**
   * One that is due waits by its record from now on, in this boot of the machine: whoever dies on the way to its
   * start is followed by another.
   */
  #planned(id: string): Promise<ContainerState> {
    const at = new Date().toISOString();
    const plan = (now: ContainerState) => (isDue(now) ? claimed(plannedRestart(now, at)) : now);
    return this.#place.store.update(id, plan, { durable: false });
  }

  #beginRestart(id: string): void {
    if (this.#isClosed) return;
    const restart = this.#restart(id).finally(() => {
      this.#restarting.delete(restart);
      this.#onQuiet();
    });
    this.#restarting.add(restart);
  }

  /** Unless somebody has started, stopped or deleted it meanwhile. */
  async #restart(id: string): Promise<void> {
    try {
      // Where that has failed before.
      await this.#takeUp(id);
      await this.#exclusively(id, async (state) => {
        const due = dueRestart(state, bootId(), Date.now());
        if (due === 0)
          await this.#launch(state, { isRestart: true }).catch((error) => this.#failed(state, error));
        else this.#wait(state);
      });
    } catch (error) {
      if (isGone(error)) return;
      complain(`start container "${id}" again`, error);
      this.#waiting.add(id, LATER);
    }
  }

  /** A start that fails counts as a run that does, and is tried again as that. */
  async #failed({ id, name, exit: last }: ContainerState, error: unknown): Promise<void> {
    // Once: it may be tried again and again.
    if (last?.cause !== 'runner') complain(`start "${name}" again`, error);
    const exit = { code: codeOf(error), cause: 'runner' } as const;
    const finishedAt = new Date().toISOString();
    this.#wait(await this.#place.store.update(id, (now) => failedRestart(now, { exit, finishedAt })));
  }

  async #tellOfLog(id: string, errno: string | undefined): Promise<void> {
    const { store } = this.#place;
    const state = await ignoreGone(store.find(id));
    if (state !== undefined)
      await store.tell(happening(state, 'logTrouble', errno === undefined ? {} : { errno }));
  }

  #hearLog(id: string, errno: number): void {
    const name = errno === 0 ? undefined : errnoName(errno);
    complain(`write the log of container "${id}"`, name ?? 'it is written again');
    void this.#tellOfLog(id, name).catch((error: unknown) => complain('tell of it', error));
  }
}

function isRunning({ status }: ContainerState): boolean {
  return status === 'running' || status === 'paused';
}

function isOurs({ bootId: boot, runner }: ContainerState): boolean {
  const { pid, startTime } = processReference(process.pid);
  return boot === bootId() && runner.pid === pid && runner.startTime === startTime;
}

function isDue(state: ContainerState): boolean {
  return dueRestart(state, bootId(), Date.now()) !== undefined;
}

/** Whoever runs it records its end, and takes away what is left of it. */
function refuseForeground({ name, detached, runner }: ContainerState): void {
  if (detached) return;
  throw new ScError(
    'SC_WRONG_STATE',
    `restart "${name}": it is run by process ${runner.pid}, and ends with it`,
    {
      hint: `sc stop ${name}, then sc start ${name}, which starts it in the background`,
    },
  );
}

function isGone(error: unknown): boolean {
  return error instanceof ScError && error.code === 'SC_NOT_FOUND';
}

/** As `sc run` would end. */
function codeOf(error: unknown): number {
  return (error instanceof ScError ? shellCode(error.code) : undefined) ?? 125;
}
