import { ScError } from '../errors/error.ts';
import { during } from '../errors/reason.ts';
import type { ServeNames } from '../operations/container-network.ts';
import { runHooks } from '../operations/hooks.ts';
import { launchDetached } from '../operations/launch-detached.ts';
import { endContainer, type HowToStop } from '../operations/stop.ts';
import type { Workplace } from '../operations/workplace.ts';
import type { ContainerState, ExitStatus } from '../schema/container-state.ts';
import type { ContainerName } from '../schema/operations/many.ts';
import { Adoption } from './adoption.ts';
import { complain } from './complaints.ts';
import { isRunning, Ledger } from './ledger.ts';
import { tellOfLog } from './log-trouble.ts';
import { Restarts } from './restarts.ts';
import { Runs } from './runs.ts';

/** What containers are started with. */
interface Means {
  /** argv that starts this program once more. */
  self: readonly string[];
  serveNames: ServeNames;
}

/** Keeps detached containers: starts them, hears how they end, and starts them again where that is their policy. */
export class Supervisor {
  readonly #place: Workplace;
  readonly #means: Means;
  readonly #ledger: Ledger;
  readonly #runs: Runs;
  readonly #restarts: Restarts;
  readonly #adoption: Adoption;

  /** `onQuiet` is called when something is over. */
  constructor(place: Workplace, means: Means, onQuiet: () => void) {
    this.#place = place;
    this.#means = means;
    this.#ledger = new Ledger(place);
    this.#runs = new Runs(place, (run, exit) => this.#recordEnd(run, exit), onQuiet);
    const launch = (state: ContainerState) => this.#launch(state, { isRestart: true });
    this.#restarts = new Restarts(place, this.#ledger, launch, onQuiet);
    const parts = { runs: this.#runs, restarts: this.#restarts };
    this.#adoption = new Adoption(place, this.#ledger, parts, onQuiet);
  }

  /** Whether some container runs, or waits to be started again. */
  isNeeded(): boolean {
    return this.#runs.size + this.#restarts.size + this.#adoption.size > 0;
  }

  /** Takes up what nobody tends. */
  adoptAll(): Promise<void> {
    return this.#adoption.adoptAll();
  }

  /** No effect on one that runs. As docker has it, one that is paused is refused: it would not run by that. */
  async start(reference: string): Promise<ContainerName> {
    return during('SC_SYSTEM_CALL', `start "${reference}"`, () =>
      this.#ledger.exclusively(reference, async (state) => {
        refusePaused(state);
        if (!isRunning(state)) await this.#launch(state, { isRestart: false });
      }),
    );
  }

  /** Ends one that runs as `sc stop` does, and starts it. */
  async restart(reference: string, how: HowToStop): Promise<ContainerName> {
    return during('SC_SYSTEM_CALL', `restart "${reference}"`, () =>
      this.#ledger.exclusively(reference, async (state) => {
        if (isRunning(state)) {
          refuseForeground(state);
          await endContainer(this.#place, state, how, () => this.#hasEnded(state.id));
        }
        await this.#launch(await this.#ledger.look(state.id), { isRestart: false });
      }),
    );
  }

  /** Leaves all containers to whoever comes next, none in the middle of a start. */
  async close(): Promise<void> {
    this.#adoption.close();
    this.#runs.close();
    await this.#restarts.close();
  }

  /** Then that is recorded, also where an earlier monitor was to do it and nobody has taken the container up yet. */
  async #hasEnded(id: string): Promise<boolean> {
    return !isRunning(await this.#ledger.look(id));
  }

  /** Only for who has the container to itself. */
  async #launch({ id, name, status }: ContainerState, { isRestart }: { isRestart: boolean }): Promise<void> {
    if (status === 'creating')
      throw new ScError('SC_WRONG_STATE', `start "${name}": it is being made`, {
        hint: 'wait until it is',
      });
    const launched = await launchDetached(this.#place, id, {
      ...this.#means,
      hearLog: (errno) => tellOfLog(this.#place, id, errno),
      tell: (words) => complain('after a start', words),
      isRestart,
      held: this.#ledger.ports.boxOf(id),
    });
    this.#ledger.ports.keep(launched.state, launched.box);
    this.#restarts.forget(id);
    this.#runs.add(launched.state, launched.handle);
    await runHooks(this.#place, 'poststart', launched.state, (words) => complain('after a start', words));
  }

  async #recordEnd(run: ContainerState, exit: ExitStatus): Promise<void> {
    const state = await this.#ledger.end(run, exit);
    if (state === undefined) return;
    if (!this.#restarts.wait(state) && state.spec.removeOnExit) await this.#ledger.erase(state.id);
  }
}

function refusePaused({ name, status }: ContainerState): void {
  if (status !== 'paused') return;
  throw new ScError('SC_WRONG_STATE', `start "${name}": it is paused`, { hint: `sc resume ${name}` });
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
