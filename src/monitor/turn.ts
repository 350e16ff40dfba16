import { closeSync, openSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { ScError } from '../errors/error.ts';
import { lockHolder, tryLock } from '../linux/flock.ts';
import { dismiss } from '../operations/monitor.ts';
import { MonitorClient, MonitorLeft } from '../protocol/client.ts';
import { monitorPlace } from '../protocol/place.ts';

/** Milliseconds in which the one before it, which was asked to leave, is gone; and between two looks. */
const TURN = 12_000;
const PAUSE = 20;

/**
 * Becomes the one monitor of a state root until the answer is called. One before it that leaves is waited for.
 * Throws SC_LOCKED where there is one that does not, unless it is to be dismissed.
 */
export async function takeTurn(
  root: string,
  { dismissOther }: { dismissOther: boolean },
): Promise<() => void> {
  const { lock } = monitorPlace(root);
  closeSync(openSync(lock, 'a', 0o600));
  const end = performance.now() + TURN;
  for (;;) {
    const release = tryLock(lock);
    if (release !== undefined) return release;
    const other = await MonitorClient.connect(root).catch(ignoreLeaving);
    if (other !== undefined && dismissOther) await dismiss(other);
    else if (other !== undefined || performance.now() > end) {
      other?.close();
      const pid = other?.greeting.pid ?? lockHolder(lock) ?? 'another';
      throw new ScError('SC_LOCKED', `run the monitor of "${root}": process ${pid} is it already`, {
        hint: `kill ${pid} ends it: containers live on`,
      });
    }
    await setTimeout(PAUSE);
  }
}

function ignoreLeaving(error: unknown): undefined {
  if (!(error instanceof MonitorLeft)) throw error;
}
