import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bootId } from '../linux/boot.ts';
import { makeLink, removeIfEmpty, removeLink, unless } from '../linux/link.ts';
import { processIsAlive } from '../linux/process.ts';
import type { ContainerState, ProcessReference } from '../schema/container-state.ts';
import { dueRestart } from './restarts.ts';

/** Stands for a runner of an earlier boot: there is no process 0. */
const NOBODY = '0-0';

/** A link of less than 60 bytes takes no block of ext4; one that leads nowhere nobody follows. */
const NOTHING = '-';

/** A container, and who was to do what is left to do with it. */
export interface Abandoned {
  id: string;
  runner: string;
}

/**
 * The containers with which something is left to do, by the runner who is to do it:
 *
 *     <pid>-<start time>/<id>    a link that says no more than its name
 *
 * A link is there before the record calls for it, and until after. One that a killed sc left is there for
 * nothing, as a look at the record shows.
 */
export class Unsettled {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Before the record is written; `earlier` is what it says until then. */
  begin(state: ContainerState, earlier?: ContainerState): void {
    const known = runnersOf(earlier);
    for (const runner of runnersOf(state))
      if (!known.has(runner)) makeLink(this.#link(runner, state.id), NOTHING);
  }

  /** When the record is written, or removed without another. */
  end(earlier: ContainerState, state?: ContainerState): void {
    const known = runnersOf(state);
    for (const runner of runnersOf(earlier)) if (!known.has(runner)) this.forget({ id: earlier.id, runner });
  }

  forget({ id, runner }: Abandoned): void {
    removeLink(this.#link(runner, id));
    removeIfEmpty(join(this.#directory, runner));
  }

  /** Those whose runner is no more: a look at each runner, and at no record. */
  abandoned(): Abandoned[] {
    const runners = list(this.#directory).filter((runner) => !isAlive(runner));
    return runners.flatMap((runner) => list(join(this.#directory, runner)).map((id) => ({ id, runner })));
  }

  #link(runner: string, id: string): string {
    return join(this.#directory, runner, id);
  }
}

/** Who is to do what is left to do: its runner, and who lets it go on. */
export function runnersOf(state: ContainerState | undefined): ReadonlySet<string> {
  const runners = new Set<string>();
  if (state === undefined) return runners;
  const isOfThisBoot = state.bootId === bootId();
  const nameOf = ({ pid, startTime }: ProcessReference) => (isOfThisBoot ? `${pid}-${startTime}` : NOBODY);
  if (!isSettled(state)) runners.add(nameOf(state.runner));
  if (state.heldStill !== undefined && state.status !== 'stopped') runners.add(nameOf(state.heldStill));
  return runners;
}

/** It has stopped, is not to be deleted for that, and not to be started again. */
function isSettled(state: ContainerState): boolean {
  return (
    state.status === 'stopped' && !state.spec.removeOnExit && dueRestart(state, bootId(), 0) === undefined
  );
}

function isAlive(runner: string): boolean {
  const [pid = 0, startTime = 0] = runner.split('-').map(Number);
  return processIsAlive({ pid, startTime });
}

function list(directory: string): string[] {
  return unless(['ENOENT'], () => readdirSync(directory)) ?? [];
}
