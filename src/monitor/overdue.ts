import { ScError } from '../errors/error.ts';
import { SIGKILL } from '../linux/constants.ts';
import { TICKS_PER_SECOND } from '../linux/process-entry.ts';
import { sendSignal } from '../linux/send-signal.ts';
import { ignoreGone } from '../operations/recover.ts';
import type { Workplace } from '../operations/workplace.ts';
import type { ContainerState } from '../schema/container-state.ts';
import { complain } from './complaints.ts';
import { goesOn } from './timer.ts';

/** Milliseconds for which a keeper may be late, on a busy machine too. */
const GRACE = 5_000;

/**
 * Kills a container that is past its deadline in one of its runs, until `end`: its keeper is to do so, and a container
 * may make it wait for as long as it likes for a page that it writes from (userfaultfd(2), a file of a dead FUSE).
 */
export async function killOverdue(place: Workplace, run: ContainerState, end: AbortSignal): Promise<void> {
  const { name, init, spec } = run;
  const { timeout } = spec.monitor;
  const { stopTimeout } = spec.signals;
  if (timeout === undefined || stopTimeout === -1 || init === undefined) return;
  const due = (1000 * init.startTime) / TICKS_PER_SECOND + timeout + stopTimeout + GRACE;
  // In pieces that a timer can be.
  for (let left = due - awake(); left > 0; left = due - awake()) if (!(await goesOn(left, end))) return;
  try {
    await recordOverdue(place, run).catch((error: unknown) => complain(`record why "${name}" ends`, error));
    if (!sendSignal(init, SIGKILL)) return;
    complain(`end "${name}"`, new ScError('SC_NO_ANSWER', 'its keeper has let the deadline pass'));
  } catch (error) {
    complain(`end "${name}" at its deadline`, error);
  }
}

/**
 * Milliseconds since the start of the machine in which it did not sleep, as the keeper counts them (clock_gettime(2),
 * CLOCK_MONOTONIC). Start times count sleep too: what it slept before is waited for once more, so that nobody is killed
 * too early.
 */
function awake(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

/** Before the signal, as whoever asks for an end does: who records that cannot tell this SIGKILL from another. */
async function recordOverdue({ store }: Workplace, { id, startedAt }: ContainerState): Promise<void> {
  const overdueAt = new Date().toISOString();
  const change = (now: ContainerState) =>
    now.status === 'stopped' || now.startedAt !== startedAt ? now : { ...now, overdueAt };
  await ignoreGone(store.update(id, change, { durable: false }));
}
