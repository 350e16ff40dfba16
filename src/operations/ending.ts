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
 * How somebody sees that a container has come to its end. Who has it to itself (Store.exclusively) has a look of its
 * own: isStopped may wait for that.
 */
export type IsOver = () => Promise<boolean>;

/** Whether it has in so many milliseconds, below 0 for as many as it takes. */
export function endsInTime(isOver: IsOver, timeout: number): Promise<boolean> {
  return comesAbout(isOver, timeout < 0 ? Number.POSITIVE_INFINITY : timeout);
}

/**
 * Resolves when one that was sent SIGKILL has come to its end. Throws SC_WRONG_STATE where it does not, naming the
 * action.
 */
export async function awaitKilled(name: string, action: string, isOver: IsOver): Promise<void> {
  if (await comesAbout(isOver, PATIENCE)) return;
  throw new ScError('SC_WRONG_STATE', `${action} "${name}": it does not end, even by SIGKILL`, {
    hint: 'look with ps for a process in state D, or for its keeper or sc that is stopped (state T)',
  });
}

/** Whether a container has stopped or is gone. Then its end is recorded, whoever was to do it. */
export async function isStopped(place: Workplace, id: string): Promise<boolean> {
  const state = await ignoreGone(place.store.find(id));
  if (state === undefined || state.status === 'stopped') return true;
  if ((await place.observe(state)).status !== 'stopped') return false;
  await finish(place, state);
  return true;
}

async function comesAbout(isSo: IsOver, timeout: number): Promise<boolean> {
  const end = performance.now() + timeout;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    if (await isSo()) return true;
    if (performance.now() >= end) return false;
    await sleep(pause);
  }
}
