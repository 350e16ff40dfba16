import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootId } from '../linux/boot.ts';
import { unless } from '../linux/link.ts';
import { makeDirectory } from '../linux/make-directory.ts';
import type { ContainerState } from '../schema/container-state.ts';
import { Ranges } from './ranges.ts';
import { Unsettled } from './unsettled.ts';

/**
 * What would otherwise take a look at every record:
 *
 *     overview/<boot>/unsettled/    with which containers something is left to do
 *     overview/<boot>/ranges/       whose users and groups are whose
 *     overview/<boot>/whole         all records are in it
 *
 * In each boot of the machine it is made anew: a loss of power may take a link and leave its record, an earlier
 * sc knew of none, and whoever was to do something is gone.
 */
export class Overview {
  readonly unsettled: Unsettled;
  readonly ranges: Ranges;
  readonly #directory: string;
  readonly #whole: string;

  constructor(root: string) {
    this.#directory = join(root, 'overview');
    const current = join(this.#directory, bootId());
    this.unsettled = new Unsettled(join(current, 'unsettled'));
    this.ranges = new Ranges(join(current, 'ranges'));
    this.#whole = join(current, 'whole');
  }

  /** Before a container is there. */
  begin(state: ContainerState, has: (id: string) => boolean): void {
    this.unsettled.begin(state);
    this.ranges.begin(state, has);
  }

  /** When it is gone. */
  end(state: ContainerState): void {
    this.unsettled.end(state);
    this.ranges.end(state);
  }

  isWhole(): boolean {
    return existsSync(this.#whole);
  }

  /** Enters what containers were recorded as. Whoever makes or changes one meanwhile enters it too. */
  complete(states: Iterable<ContainerState>, has: (id: string) => boolean): void {
    for (const state of states) this.begin(state, has);
    makeDirectory(join(this.#whole, '..'));
    writeFileSync(this.#whole, '', { mode: 0o600 });
    for (const boot of unless(['ENOENT'], () => readdirSync(this.#directory)) ?? [])
      if (boot !== bootId()) rmSync(join(this.#directory, boot), { recursive: true, force: true });
  }
}
