import { setTimeout as sleep } from 'node:timers/promises';
import { LONGEST_TIMER } from '../operations/longest-timer.ts';

/** Waits, for as long as a timer can; answers whether it has not come to an end meanwhile. */
export async function goesOn(milliseconds: number, end: AbortSignal): Promise<boolean> {
  try {
    await sleep(Math.min(milliseconds, LONGEST_TIMER), undefined, { signal: end });
    return true;
  } catch {
    return false;
  }
}
