import type { Workplace } from '../operations/workplace.ts';
import type { Names } from './names.ts';

/** The names of networks. What serves them is loaded by the first who asks for it: most containers have no such network. */
export class NamesWhenAsked {
  readonly #place: Workplace;
  readonly #onQuiet: () => void;
  #loading: Promise<Names> | undefined;
  #names: Names | undefined;
  #isClosed = false;

  /** `onQuiet` is called when something is over. */
  constructor(place: Workplace, onQuiet: () => void) {
    this.#place = place;
    this.#onQuiet = onQuiet;
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
    await (await this.#loading)?.close();
  }

  #load(): Promise<Names> {
    this.#loading ??= import('./names.ts').then(async ({ Names }) => {
      const names = new Names(this.#place, this.#onQuiet);
      if (this.#isClosed) await names.close();
      this.#names = names;
      return names;
    });
    return this.#loading;
  }
}
