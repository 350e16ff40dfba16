import { bootId } from '../linux/boot.ts';
import { processReference } from '../linux/process.ts';
import { detaching } from '../operations/detaching.ts';
import { finish, ignoreGone } from '../operations/recover.ts';
import type { Workplace } from '../operations/workplace.ts';
import type { ContainerState } from '../schema/container-state.ts';
import { complain } from './complaints.ts';
import { InTurn } from './in-turn.ts';
import { isRunning, type Ledger } from './ledger.ts';
import { tellOfLog } from './log-trouble.ts';
import { isDue, type Restarts } from './restarts.ts';
import type { Runs } from './runs.ts';
import { Waiting } from './waiting.ts';

/** Milliseconds after which one is tried again that could not be taken up. */
const LATER = 60_000;

/** Takes up containers that are in the care of nobody: what runs among the runs, what is due among the restarts. */
export class Adoption {
  readonly #place: Workplace;
  readonly #ledger: Ledger;
  readonly #runs: Runs;
  readonly #restarts: Restarts;
  readonly #left: Waiting;
  /** So that nobody is heard twice. */
  readonly #turns = new InTurn();

  /** `onQuiet` is called when one has been tried again. */
  constructor(
    place: Workplace,
    ledger: Ledger,
    { runs, restarts }: { runs: Runs; restarts: Restarts },
    onQuiet: () => void,
  ) {
    this.#place = place;
    this.#ledger = ledger;
    this.#runs = runs;
    this.#restarts = restarts;
    this.#left = new Waiting((id) => void this.#turns.do(() => this.#adopt(id)).finally(onQuiet));
  }

  /** Of those that could not be taken up yet. */
  get size(): number {
    return this.#left.size;
  }

  /**
   * Takes up what an earlier monitor has left, and what the last boot of the machine has, and who has left a
   * terminal. That monitor may still be on its way out. A container that somebody else works on holds up no other.
   */
  adoptAll(): Promise<void> {
    return this.#turns.do(async () => {
      const { containers } = await this.#place.store.list();
      const kept = containers.filter(({ detached }) => detached === true);
      await Promise.all(kept.map(({ id }) => this.#adopt(id)));
    });
  }

  close(): void {
    this.#left.close();
  }

  async #adopt(id: string): Promise<void> {
    try {
      await ignoreGone(this.#takeUp(id));
    } catch (error) {
      complain(`take up container "${id}"`, error);
      this.#left.add(id, LATER);
    }
  }

  async #takeUp(id: string): Promise<void> {
    const recorded = await this.#place.store.find(id);
    // It was started while others were taken up.
    if (isOurs(recorded)) return;
    // Who makes it may live, and have a monitor start it.
    if (recorded.status === 'creating' || recorded.status === 'created') {
      await finish(this.#place, recorded);
      return;
    }
    const state = isRunning(recorded) ? await this.#ledger.glance(id) : recorded;
    if (isRunning(state)) await this.#hear(state);
    else if (isDue(state)) await this.#restarts.take(id);
    else if (state.spec.removeOnExit) await this.#ledger.erase(id);
  }

  async #hear(state: ContainerState): Promise<void> {
    const { id, keeper } = state;
    const { store } = this.#place;
    if (keeper === undefined) return;
    const { adopt } = await detaching(this.#place, state);
    const runner = processReference(process.pid);
    await store.update(id, (now) => ({ ...now, runner }), { durable: false });
    this.#ledger.ports.keepOf(state);
    const hearLog = (errno: number) => tellOfLog(this.#place, id, errno);
    this.#runs.add(state, adopt({ id, keeper, recordDirectory: store.directory(id), hearLog }));
  }
}

function isOurs({ bootId: boot, runner }: ContainerState): boolean {
  const { pid, startTime } = processReference(process.pid);
  return boot === bootId() && runner.pid === pid && runner.startTime === startTime;
}
