import { ScError } from '../errors/error.ts';
import { failure } from '../errors/reason.ts';
import { bootId } from '../linux/boot.ts';
import { processIsAlive, processReference } from '../linux/process.ts';
import type { ContainerState } from '../schema/container-state.ts';
import { liveContainer, livePowers } from './live-container.ts';
import type { Workplace } from './workplace.ts';

/** After a loss of power nothing stands still any more. */
const VOLATILE = { durable: false };

/**
 * Runs an action while a container stands still, and lets it go on whatever happens; where this sc is killed the next
 * one does, since it is written down before. One that does not run, or that somebody else has made stand still, stays as
 * it is. Only for who has the container to himself. Throws SC_WRONG_STATE where somebody has let it go on meanwhile.
 */
export async function holdStill<Result>(
  place: Workplace,
  state: ContainerState,
  action: () => Promise<Result>,
): Promise<Result> {
  if (state.status !== 'running') return action();
  const { pause, isPaused } = await livePowers(place, state, 'pause');
  const container = liveContainer(state);
  const held = await place.store.update(
    state.id,
    (now) => (now.status === 'stopped' ? now : { ...now, heldStill: processReference(process.pid) }),
    VOLATILE,
  );
  let result: Result;
  try {
    if (held.status !== 'stopped') await pause(container);
    result = await action();
    const { status } = await place.store.find(state.id);
    if (status !== 'stopped' && !isPaused(container))
      throw new ScError('SC_WRONG_STATE', 'somebody has let it go on meanwhile', {
        hint: 'try it once more',
      });
  } catch (error) {
    const undo = await letGoOn(place, held).then(
      () => [],
      (error: Error) => [error],
    );
    if (undo.length === 0) throw error;
    throw failure(error instanceof ScError ? error.code : 'SC_SYSTEM_CALL', 'let it go on', error, undo);
  }
  await letGoOn(place, held);
  return result;
}

/** Whether a sc that has made it stand still has died before it could let it go on. */
export function isLeftStill({ heldStill, status, bootId: boot }: ContainerState): boolean {
  if (heldStill === undefined || status === 'stopped') return false;
  return boot !== bootId() || !processIsAlive(heldStill);
}

/** What is so of a container when it was let go on where a sc that has made it stand still has died. */
export async function unlessLeftStill(place: Workplace, state: ContainerState): Promise<ContainerState> {
  if (!isLeftStill(state)) return state;
  return place.store.exclusively(state.id, async () => {
    const now = await place.store.find(state.id);
    return isLeftStill(now) ? letGoOn(place, now) : now;
  });
}

/** Lets a container go on that a sc has made stand still. */
export async function letGoOn(place: Workplace, state: ContainerState): Promise<ContainerState> {
  const { id, init, bootId: boot } = state;
  if (init !== undefined && boot === bootId() && state.status !== 'stopped') {
    const { resume } = await livePowers(place, state, 'resume');
    await resume({ id, pid: init.pid });
  }
  return place.store.update(
    id,
    ({ heldStill, ...now }) => ({ ...now, ...(now.status === 'paused' && { status: 'running' as const }) }),
    VOLATILE,
  );
}
