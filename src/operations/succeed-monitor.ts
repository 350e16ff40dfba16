import { existsSync, rmSync } from 'node:fs';
import { tryLock } from '../linux/flock.ts';
import { monitorPlace } from '../protocol/place.ts';
import { isTended } from '../state/observe.ts';
import { detaching } from './detaching.ts';
import { type MonitorCaller, reachMonitor } from './monitor.ts';
import { hasNeighbours } from './network/serve-names.ts';
import { monitorGroup } from './start-monitor.ts';
import type { Workplace } from './workplace.ts';

/**
 * After the death of a monitor, when what it was to do with containers that have stopped is done: has another come
 * where containers run, or one of the foreground is to find others by name, and takes away what is left of it where none does. No effect where there is one.
 */
export async function succeedMonitor(place: Workplace, caller: MonitorCaller): Promise<void> {
  const { root, backend } = place.settings;
  const { lock, socket } = monitorPlace(root);
  // Where the whole root was removed, only what is elsewhere can be left.
  const release = existsSync(lock) ? tryLock(lock) : () => {};
  if (release === undefined) return;
  let isNeeded: boolean;
  try {
    isNeeded = (await hasRunning(place)) || (await hasNeighbours(place));
    if (!isNeeded) {
      rmSync(socket, { force: true });
      (await detaching(place, { name: 'the monitor', backend })).leaveGroups(monitorGroup(root));
    }
  } finally {
    release();
  }
  if (isNeeded) (await reachMonitor(place, caller)).close();
}

/** Whether the dead monitor has left containers that run. */
async function hasRunning({ store }: Workplace): Promise<boolean> {
  for (const abandoned of await store.abandoned()) {
    const state = await store.recall(abandoned);
    if (state?.detached === true && isTended(state)) return true;
  }
  return false;
}
