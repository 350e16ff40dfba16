import { join } from 'node:path';
import { AdapterClient } from './adapter-client.ts';
import { fingerprint } from './host-needs.ts';
import { SharedPrograms } from './programs.ts';
import type { Bench } from './trial.ts';

/** argv of an adapter, or who has one that outlives the run. */
export type AdapterSource = readonly string[] | (() => AdapterClient);

/** Of this process, of which several runs may be under way. */
let attempts = 0;

/** Where attempts are made, and the adapters that are alive: one for each place at which a case is tried. */
export class Workshop {
  readonly host = fingerprint();
  readonly #directory: string;
  readonly #source: AdapterSource;
  readonly #clients = new Map<number, AdapterClient>();

  constructor(directory: string, source: AdapterSource) {
    this.#directory = directory;
    this.#source = source;
  }

  adapter(place = 0): AdapterClient {
    if (typeof this.#source === 'function') return this.#source();
    const client = this.#clients.get(place);
    if (client?.isAlive === true) return client;
    const started = startAdapter(this.#source);
    this.#clients.set(place, started);
    return started;
  }

  /** As many places as cases are tried at the same time; nobody can share an adapter that outlives the run. */
  benches(
    jobs: number,
    common: Pick<Bench, 'description' | 'patience' | 'isInCompany' | 'withoutControls'>,
  ): Bench[] {
    const length = typeof this.#source === 'function' ? 1 : jobs;
    return Array.from({ length }, (_, place) => ({
      ...{ ...common, directory: this.#directory, host: this.host },
      programs: new SharedPrograms(join(this.#directory, `programs-${place}`)),
      adapter: () => this.adapter(place),
      next: () => this.#next(),
    }));
  }

  #next(): string {
    attempts++;
    return `k${process.pid.toString(36)}x${attempts}`;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }
}

/** With nothing of the caller's but what programs are found and written with. */
export function startAdapter(argv: readonly string[]): AdapterClient {
  const { PATH, HOME, TMPDIR } = process.env;
  return new AdapterClient(argv, { PATH, HOME, LC_ALL: 'C', ...(TMPDIR !== undefined && { TMPDIR }) });
}
