import { setTimeout as sleep } from 'node:timers/promises';
import { ScError } from '../errors/error.ts';
import { finish, ignoreGone } from './recover.ts';
import type { Workplace } from './workplace.ts';

/** Milliseconds for a killed container to be gone. */
const PATIENCE = 10_000;

/** Milliseconds between two looks: doubled each time, since who is killed ends at once and others take their time. */
const FIRST_PAUSE = 2;
const LONGEST_PAUSE = 32;

/**
 * Whether a container has stopped or is gone in so many milliseconds, below 0 for as many as it takes. Then its end
 * is recorded, whoever was to do it.
 */
export function hasStopped(place: Workplace, id: string, timeout: number): Promise<boolean> {
  return comesAbout(() => isStopped(place, id), timeout < 0 ? Number.POSITIVE_INFINITY : timeout);
}

/**
 * Resolves when one that was sent SIGKILL has come to its end, as `isOver` sees it; without that as hasStopped does.
 * Throws SC_WRONG_STATE where it does not, naming the action.
 */
export async function awaitKilled(
  place: Workplace,
  { id, name }: { id: string; name: string },
  action: string,
  isOver = () => isStopped(place, id),
): Promise<void> {
  if (await comesAbout(isOver, PATIENCE)) return;
  throw new ScError('SC_WRONG_STATE', `${action} "${name}": it does not end, even by SIGKILL`, {
    hint: 'look with ps for a process in state D, or for its keeper or sc that is stopped (state T)',
  });
}

async function isStopped(place: Workplace, id: string): Promise<boolean> {
  const state = await ignoreGone(place.store.find(id));
  if (state === undefined || state.status === 'stopped') return true;
  if ((await place.observe(state)).status !== 'stopped') return false;
  await finish(place, state);
  return true;
}

async function comesAbout(isSo: () => Promise<boolean>, timeout: number): Promise<boolean> {
  const end = performance.now() + timeout;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    if (await isSo()) return true;
    if (performance.now() >= end) return false;
    await sleep(pause);
  }
}
