import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bootId } from '../linux/boot.ts';
import { makeLink, removeIfEmpty, removeLink, unless } from '../linux/link.ts';
import { processIsAlive } from '../linux/process.ts';
import type { ContainerState } from '../schema/container-state.ts';
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
    const runner = runnerOf(state);
    if (runner !== undefined && runner !== runnerOf(earlier)) makeLink(this.#link(runner, state.id), NOTHING);
  }

  /** When the record is written, or removed without another. */
  end(earlier: ContainerState, state?: ContainerState): void {
    const runner = runnerOf(earlier);
    if (runner !== undefined && runner !== runnerOf(state)) this.forget({ id: earlier.id, runner });
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

/** Who is to do what is left to do; undefined where nothing is. */
export function runnerOf(state: ContainerState | undefined): string | undefined {
  if (state === undefined || isSettled(state)) return undefined;
  const { pid, startTime } = state.runner;
  return state.bootId === bootId() ? `${pid}-${startTime}` : NOBODY;
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
