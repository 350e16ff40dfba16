import { runHooks } from '../operations/hooks.ts';
import { takeLeftPidFile } from '../operations/left-pid-file.ts';
import { erase, ignoreGone } from '../operations/recover.ts';
import { withdrawal } from '../operations/tell-ports.ts';
import type { Workplace } from '../operations/workplace.ts';
import type { ContainerState, ExitStatus } from '../schema/container-state.ts';
import type { ContainerName } from '../schema/operations/many.ts';
import { endedState } from '../state/ended.ts';
import { complain } from './complaints.ts';
import { HeldPorts } from './held-ports.ts';

/** What is recorded of containers that are the monitor's to keep: read, and brought up to date with how they are. */
export class Ledger {
  readonly ports = new HeldPorts();
  readonly #place: Workplace;

  constructor(place: Workplace) {
    this.#place = place;
  }

  /** Has the container to itself meanwhile. */
  async exclusively(
    reference: string,
    action: (state: ContainerState) => Promise<void>,
  ): Promise<ContainerName> {
    const { store } = this.#place;
    const id = await store.identify(reference);
    return store.exclusively(id, async () => {
      const state = await this.look(id);
      await action(state);
      return { id, name: state.name };
    });
  }

  /** As `look`, for who has not got the container to himself. */
  async glance(id: string): Promise<ContainerState> {
    return this.#alone(await this.#place.store.find(id), () => this.look(id));
  }

  /**
   * A container as it is now, and recorded as that: the news of its end may still be on its way. Only for who has it to
   * himself.
   */
  async look(id: string): Promise<ContainerState> {
    const recorded = await this.#place.store.find(id);
    const state = await this.#place.observe(recorded);
    const { exit, finishedAt } = state;
    const isNews = state.status === 'stopped' && recorded.status !== 'stopped' && exit !== undefined;
    if (!isNews) return state;
    // Of a keeper that was killed.
    await (await this.#place.backend(state.backend)).cleanUp(id);
    return this.#writeEnd(recorded, exit, finishedAt);
  }

  /** Records the end of one of its runs. Undefined where it has gone meanwhile, or was started again. */
  async end(run: ContainerState, exit: ExitStatus): Promise<ContainerState | undefined> {
    const backend = await this.#place.backend(run.backend);
    const { finishedAt } = backend.readExit(this.#place.store.directory(run.id)) ?? {};
    const state = await ignoreGone(this.#alone(run, () => this.#writeEnd(run, exit, finishedAt)));
    if (state === undefined) this.ports.letGo(run.id);
    return state?.status === 'stopped' && state.startedAt === run.startedAt ? state : undefined;
  }

  /** Removes the container, unless somebody has started it again just now. */
  async erase(id: string): Promise<void> {
    const erasure = this.exclusively(id, async (state) => {
      if (state.status === 'stopped') await erase(this.#place, state);
    });
    await ignoreGone(erasure);
  }

  /** Nobody starts one again or deletes it while hooks of its end are run. Of others the end waits for nobody. */
  #alone<Result>({ id, spec }: ContainerState, action: () => Promise<Result>): Promise<Result> {
    return spec.hooks?.poststop === undefined ? action() : this.#place.store.exclusively(id, action);
  }

  /** Unless somebody else has, and maybe started the container again. Answers what is recorded then. */
  async #writeEnd(
    run: ContainerState,
    exit: ExitStatus,
    finishedAt = new Date().toISOString(),
  ): Promise<ContainerState> {
    const withdraw = await withdrawal(run);
    takeLeftPidFile(run);
    await this.#endHooks(run);
    return this.#place.store.update(run.id, (now) => {
      if (isOver(run, now)) return now;
      // Before anybody can know of its end, and start it again.
      withdraw?.(this.#place, now);
      const ended = endedState(now, { exit, finishedAt });
      this.ports.keepIfDue(ended);
      return ended;
    });
  }

  /** Before the end is recorded: if this process is killed meanwhile, whoever finds the end runs them. */
  async #endHooks(run: ContainerState): Promise<void> {
    if (run.spec.hooks?.poststop === undefined) return;
    const now = await this.#place.store.find(run.id);
    if (isOver(run, now)) return;
    await runHooks(this.#place, 'poststop', now, (words) => complain('after an end', words));
  }
}

/** The end of a run is recorded, and maybe another has begun. */
function isOver(run: ContainerState, { status, startedAt }: ContainerState): boolean {
  return status === 'stopped' || startedAt !== run.startedAt;
}

export function isRunning({ status }: ContainerState): boolean {
  return status === 'running' || status === 'paused';
}
