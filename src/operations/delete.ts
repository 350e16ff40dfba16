import { ScError } from '../errors/error.ts';
import { SIGKILL } from '../linux/constants.ts';
import { processIsAlive } from '../linux/process.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { DeleteRequest, DeleteResult } from '../schema/operations/delete.ts';
import type { ContainerName } from '../schema/operations/many.ts';
import { hasStarted, untendedState } from '../state/observe.ts';
import { requestEnd } from '../state/requested-end.ts';
import { checkRequest } from './check-request.ts';
import { awaitKilled } from './ending.ts';
import { takeLeftPidFile } from './left-pid-file.ts';
import { tryEach } from './many.ts';
import { letHear } from './pause.ts';
import { recordRequest } from './record-request.ts';
import { erase, finishAbandoned, ignoreGone, isAttended } from './recover.ts';
import type { Settings } from './settings.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/** Deletes containers by name, ID or prefix, or all that there are. Each is tried. */
export async function deleteContainers(request: DeleteRequest, settings: Settings): Promise<DeleteResult> {
  checkRequest('delete', await import('../schema/operations/validate-delete.ts'), request);
  const { containers: references, ignoreMissing = false, ...how } = request;
  const place = await openWorkplace(settings);
  await finishAbandoned(place);
  const wanted = references ?? (await all(place));
  const { containers: deleted, failures } = await tryEach(wanted, async (reference) => {
    try {
      return await deleteOne(place, reference, how);
    } catch (error) {
      if (error instanceof ScError && error.code === 'SC_NOT_FOUND' && ignoreMissing) return undefined;
      throw error;
    }
  });
  return { containers: deleted.filter((container) => container !== undefined), failures };
}

async function all({ store }: Workplace): Promise<string[]> {
  const { containers, broken } = await store.list();
  return [...containers, ...broken].map(({ id }) => id);
}

/** How it is deleted. */
type Manner = Pick<DeleteRequest, 'force' | 'volumes'>;

async function deleteOne(place: Workplace, reference: string, how: Manner): Promise<ContainerName> {
  const id = await place.store.identify(reference);
  return place.store.exclusively(id, () => deleteWhole(place, id, reference, how));
}

async function deleteWhole(
  place: Workplace,
  id: string,
  reference: string,
  { force = false, volumes = false }: Manner,
): Promise<ContainerName> {
  const state = await readable(place, id, force);
  if (state === undefined) {
    const { possibleBackends } = await import('../backend/registry.ts');
    const names = [place.settings.backend, ...(await possibleBackends(place.settings.root))];
    for (const name of new Set(names)) await (await place.backend(name)).cleanUp(id);
    await (await place.storage()).remove(id);
    const { releaseUnread, tidyNetworks } = await import('./endpoints.ts');
    await releaseUnread(place, id);
    await place.store.remove(id);
    await tidyNetworks(place);
    return { id, name: id };
  }
  const { status } = await place.observe(state);
  // Nobody starts a created one now: who would has it to himself.
  if (status !== 'stopped' && status !== 'created') {
    if (!force) {
      throw new ScError('SC_WRONG_STATE', `delete "${state.name}": it is ${status}`, {
        hint: `sc delete --force ${reference} kills it first`,
      });
    }
    await kill(place, state);
  } else if (state.restarts?.nextAt !== undefined && !force) {
    throw new ScError('SC_WRONG_STATE', `delete "${state.name}": it is to be started again`, {
      hint: `sc delete --force ${reference}, or sc stop ${reference} first`,
    });
  }
  const backend = await place.backend(state.backend);
  await backend.cleanUp(id);
  takeLeftPidFile(state);
  await endHooks(place, id);
  const record = hasStarted(state) ? backend.readExit(place.store.directory(id)) : undefined;
  const exit = hasStarted(state) ? untendedState(state, record).exit : undefined;
  await erase(place, state, { volumes, ...(exit && { exit }) });
  return { id, name: state.name };
}

/**
 * Of one that has been killed just now. The monitor waits until it has such a one to itself, and then finds nothing; whoever
 * runs one in the foreground runs them himself.
 */
async function endHooks(place: Workplace, id: string): Promise<void> {
  const state = await ignoreGone(place.store.find(id));
  if (state === undefined || !hasStarted(state) || state.status === 'stopped') return;
  if (state.detached !== true && isAttended(state)) return;
  const { runHooks } = await import('./hooks.ts');
  await runHooks(place, 'poststop', state, () => undefined);
}

/** Nothing for a record that is broken, where it may be deleted unread; one of a newer sc may not. */
async function readable(place: Workplace, id: string, force: boolean): Promise<ContainerState | undefined> {
  try {
    return await place.store.find(id);
  } catch (error) {
    if (error instanceof ScError && error.code === 'SC_STATE_CORRUPT' && force) return undefined;
    throw error;
  }
}

/**
 * Kills a container of which another sc is the runner, and waits until it is gone or its runner knows. A
 * runner that is itself stopped is not waited for.
 */
async function kill(place: Workplace, doomed: ContainerState): Promise<void> {
  const { sendSignal } = await import('../linux/send-signal.ts');
  const request = (now: ContainerState) => requestEnd(now, 'kill');
  await ignoreGone(recordRequest(place, doomed, request, { isDeleted: true }));
  await awaitKilled(doomed.name, 'delete', async () => {
    // Who makes it may tell of its processes only now.
    const state = await ignoreGone(place.store.find(doomed.id));
    if (state === undefined || state.status === 'stopped') return true;
    const { init, keeper } = state;
    const isDead = init !== undefined && !sendSignal(init, SIGKILL);
    if (isDead && !(keeper && processIsAlive(keeper))) return true;
    await letHear(place, state);
    return false;
  });
}
