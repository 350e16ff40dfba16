import { CLOCK_MONOTONIC, POLLIN, SIGKILL, TFD_CLOEXEC, TFD_NONBLOCK } from '../../../linux/constants.ts';
import type { ContainerSpec } from '../../../schema/container-spec.ts';
import type { Field, ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data, Label } from '../program/program.ts';
import { endedOffsets } from '../protocol.ts';
import { thawCgroups } from './cgroups.ts';
import type { Family } from './family.ts';
import { POLLFD_SIZE, revents } from './poll.ts';

/** How long a container may run, and how it is stopped then; in milliseconds. */
export interface Deadline {
  timeout: number;
  stopSignal: number;
  /** Between the stop signal and SIGKILL; -1 is for ever. */
  stopTimeout: number;
}

/** Where the keeper listens to the clock of the deadline. */
interface Clock {
  fds: Data;
  place: number;
}

export function deadlineOf({ monitor, signals }: ContainerSpec): Deadline | undefined {
  return monitor.timeout === undefined ? undefined : { timeout: monitor.timeout, ...signals };
}

/** Its struct pollfd before it is there. */
export const stoppedClock: readonly Field[] = [
  [-1, 4],
  [POLLIN, 2],
  [0, 2],
];

/**
 * Begins to count when the program runs, in the keeper, so that the time is up whoever else has died. Not in time
 * for which the machine sleeps (clock_gettime(2), CLOCK_MONOTONIC): in that the program does not run either.
 */
export function startClock(p: ProgramBuilder, { timeout }: Deadline, { fds, place }: Clock): void {
  const flags = TFD_NONBLOCK | TFD_CLOEXEC;
  const clock = p.call('make a clock for the deadline', 'timerfd_create', CLOCK_MONOTONIC, flags);
  p.call(`let it ring in ${timeout} ms`, 'timerfd_settime', { result: clock }, 0, alarm(p, timeout), 0);
  p.store('listen to it', fds, place * POLLFD_SIZE, { result: clock }, 4);
}

/** When it rings: the stop signal, and when it rings again SIGKILL. An end that came with it came first. */
export function keepDeadline(
  p: ProgramBuilder,
  { stopSignal, stopTimeout }: Deadline,
  { fds, place }: Clock,
  family: Family,
  { end, ended, loop }: { end: Argument; ended: Data; loop: Label },
): void {
  const [quiet, kill] = [p.label('the deadline is not there'), p.label('it has had its time')];
  const pidfd: Argument = { load: 32, from: family.pidfd, at: 0 };
  const clock: Argument = { load: 32, from: fds, at: place * POLLFD_SIZE };
  p.jump(quiet, 'equal', revents(fds, place), 0);
  p.jump(quiet, 'not-equal', end, 0);
  const isPast: Argument = { load: 32, from: ended, at: endedOffsets.deadline };
  if (stopTimeout > 0) p.jump(kill, 'not-equal', isPast, 0);
  p.store('record the deadline', ended, endedOffsets.deadline, 1, 4);
  if (stopTimeout !== 0)
    p.attempt('ask init to end at the deadline', 'pidfd_send_signal', pidfd, stopSignal, 0, 0);
  if (stopTimeout > 0) {
    p.call(`let it ring again in ${stopTimeout} ms`, 'timerfd_settime', clock, 0, alarm(p, stopTimeout), 0);
    p.jump(loop);
    p.place(kill);
  }
  p.store('listen to the clock no more', fds, place * POLLFD_SIZE, -1, 4);
  if (stopTimeout >= 0) {
    p.attempt('kill init at the deadline', 'pidfd_send_signal', pidfd, SIGKILL, 0, 0);
    thawCgroups(p, family.cgroups);
  }
  p.jump(loop);
  p.place(quiet);
}

/** struct itimerspec: interval and value, each seconds and nanoseconds. */
function alarm(p: ProgramBuilder, milliseconds: number): Data {
  const [seconds, rest] = [Math.floor(milliseconds / 1000), milliseconds % 1000];
  return p.struct(`${milliseconds} ms`, [0, 8], [0, 8], [seconds, 8], [rest * 1_000_000, 8]);
}
