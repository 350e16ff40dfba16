import { setTimeout } from 'node:timers/promises';
import type { Backend } from '../backend/backend.ts';
import { ScError } from '../errors/error.ts';
import { bootId } from '../linux/boot.ts';
import { processIsAlive } from '../linux/process.ts';
import type { ContainerState } from '../schema/container-state.ts';
import { hasStarted, isTended } from '../state/observe.ts';
import type { ContainerList } from '../state/store.ts';
import type { Workplace } from './workplace.ts';

/** How long a keeper without runner gets to end its container, in milliseconds. It takes a few. */
const PATIENCE = 2_000;

/** In milliseconds: in which a keeper that has lost its runner has recorded the end. */
const MOMENT = 300;

export interface Recovered extends ContainerList {
  /** What could not be finished now, and is tried again next time. */
  failures: Error[];
}

/**
 * Finishes what dead runners have left undone: a container that never ran disappears, one that ran gets
 * its end recorded, or disappears too where its runner would have deleted it. Answers what there is then.
 * Every operation on containers begins with this.
 */
export async function recover(place: Workplace): Promise<Recovered> {
  const { containers, broken } = await place.store.list();
  const recovered: Recovered = { containers: [], broken, failures: [] };
  for (const state of containers) {
    try {
      const finished = await finish(place, state);
      if (finished !== undefined) recovered.containers.push(finished);
    } catch (error) {
      recovered.containers.push(state);
      recovered.failures.push(error instanceof Error ? error : new Error(String(error)));
    }
  }
  if (place.isWritable()) await tidy(place);
  return recovered;
}

/** What no record names any more is nobody's failure: it is tried again next time. */
async function tidy(place: Workplace): Promise<void> {
  try {
    await place.storage().tidy();
  } catch (error) {
    if (!(error instanceof ScError) || error.code === 'SC_USAGE') throw error;
  }
}

/** The same for one container; undefined where it is gone. */
export async function finish(place: Workplace, state: ContainerState): Promise<ContainerState | undefined> {
  if (isRunnerAlive(state) || isKept(state)) return state;
  if (state.status === 'stopped' && !state.spec.removeOnExit) return state;
  await keeperEnded(state);
  const backend = await place.backend(state.backend);
  await backend.cleanUp(state.id);
  const { detached = false, spec } = state;
  // Who asked for a detached one has heard that it did not start.
  const hasNeverRun = !hasStarted(state) && (detached || !(await hasRun(place, state, backend)));
  if (spec.removeOnExit || hasNeverRun) {
    await erase(place, state);
    return undefined;
  }
  const seen = await place.observe(state);
  return ignoreGone(
    place.store.update(state.id, (now) => (now.status === 'stopped' ? now : { ...now, ...seen })),
  );
}

/**
 * Between the start of its program and the record of it, sc may die: then its keeper tells of its end in a
 * moment. Nobody but the keeper knows in which of the two cases we are, so that it gets that moment.
 */
async function hasRun(place: Workplace, { id }: ContainerState, backend: Backend): Promise<boolean> {
  for (let waited = 0; waited < MOMENT; waited += 10) {
    if (backend.readExit(place.store.directory(id)) !== undefined) return true;
    await setTimeout(10);
  }
  return false;
}

/** Removes a container that no process belongs to: first what it wrote, then the record that names it. */
export async function erase(place: Workplace, { id, storageDriver }: ContainerState): Promise<void> {
  await place.storage(storageDriver).remove(id);
  await place.store.remove(id);
}

/** A detached container that runs, whoever launched it. */
function isKept(state: ContainerState): boolean {
  return state.detached === true && hasStarted(state) && isTended(state);
}

/** The runner of a container is there, and will do what is to be done. */
export function isRunnerAlive({ bootId: boot, runner }: ContainerState): boolean {
  return boot === bootId() && processIsAlive(runner);
}

/**
 * A keeper that has lost its runner kills the container and takes its groups away. It may then have become
 * this very process, to clean up.
 */
async function keeperEnded({ name, bootId: boot, keeper }: ContainerState): Promise<void> {
  if (keeper === undefined || boot !== bootId() || keeper.pid === process.pid) return;
  for (let waited = 0; processIsAlive(keeper); waited += 10) {
    if (waited >= PATIENCE) {
      throw new ScError(
        'SC_WRONG_STATE',
        `clean up "${name}": its keeper ${keeper.pid} lives without a runner`,
        {
          hint: `sc delete --force ${name}`,
        },
      );
    }
    await setTimeout(10);
  }
}

/** Somebody else may have finished or deleted the container in the same moment. */
export async function ignoreGone(answer: Promise<ContainerState>): Promise<ContainerState | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ScError && error.code === 'SC_NOT_FOUND') return undefined;
    throw error;
  }
}
