import type { Workplace } from '../operations/workplace.ts';
import type { Names } from './names.ts';

/** The names of networks. What serves them is loaded by the first who asks for it: most containers have no such network. */
export class NamesWhenAsked {
  readonly #place: Workplace;
  readonly #onQuiet: () => void;
  readonly #import: () => Promise<typeof import('./names.ts')>;
  #loading: Promise<Names> | undefined;
  #names: Names | undefined;
  #isClosed = false;

  /** `onQuiet` is called when something is over, and `load` has what serves them. */
  constructor(place: Workplace, onQuiet: () => void, load = () => import('./names.ts')) {
    this.#place = place;
    this.#onQuiet = onQuiet;
    this.#import = load;
  }

  /** Whether a container runs, or is about to, that asks for names. */
  isNeeded(): boolean {
    return this.#names?.isNeeded() ?? this.#loading !== undefined;
  }

  /** As `Names` has it. */
  async serve(networks: readonly string[]): Promise<string[]> {
    return (await this.#load()).serve(networks);
  }

  /** Goes on for those that an earlier monitor has served. */
  async adoptAll(): Promise<void> {
    const { Networks } = await import('../network/networks.ts');
    const { hasNames } = await import('../network/new-network.ts');
    if (new Networks(this.#place.settings.root).up().some(hasNames)) await (await this.#load()).adoptAll();
  }

  /** Leaves all to whoever comes next. */
  async close(): Promise<void> {
    this.#isClosed = true;
    // Who has asked is told of a failure.
    await (await this.#loading?.catch(() => undefined))?.close();
  }

  #load(): Promise<Names> {
    this.#loading ??= this.#loadNow().catch((error) => {
      // A process without a free descriptor cannot load anything; the next who asks may find one.
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #loadNow(): Promise<Names> {
    const { Names } = await this.#import();
    const names = new Names(this.#place, this.#onQuiet);
    if (this.#isClosed) await names.close();
    this.#names = names;
    return names;
  }
}
