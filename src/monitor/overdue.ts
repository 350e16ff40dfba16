import { uptime } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScError } from '../errors/error.ts';
import { sendSignal } from '../linux/send-signal.ts';
import type { ContainerState } from '../schema/container-state.ts';
import { complain } from './complaints.ts';

const SIGKILL = 9;

/** Milliseconds for which a keeper may be late, on a busy machine too. */
const GRACE = 5_000;

/** The longest that a timer knows, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** Milliseconds of a tick in which the kernel tells start times (proc_pid_stat(5): the same for all programs). */
const TICK = 10;

/**
 * Kills a container that is past its deadline in one of its runs, until `end`: its keeper is to do so, and a container
 * may make it wait for as long as it likes for a page that it writes from (userfaultfd(2), a file of a dead FUSE). The
 * times in its record tell why it has ended.
 */
export async function killOverdue({ name, init, spec }: ContainerState, end: AbortSignal): Promise<void> {
  const { timeout } = spec.monitor;
  const { stopTimeout } = spec.signals;
  if (timeout === undefined || stopTimeout === -1 || init === undefined) return;
  const due = init.startTime * TICK + timeout + stopTimeout + GRACE;
  const left = () => due - uptime() * 1000;
  try {
    // In pieces that a timer can be.
    while (left() > 0) await sleep(Math.min(left(), LONGEST), undefined, { ref: false, signal: end });
    if (sendSignal(init, SIGKILL))
      complain(`end "${name}"`, new ScError('SC_NO_ANSWER', 'its keeper has let the deadline pass'));
  } catch (error) {
    if (!end.aborted) complain(`end "${name}" at its deadline`, error);
  }
}
