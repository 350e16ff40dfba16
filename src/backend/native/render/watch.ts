import { PIDFD_SIGNAL_PROCESS_GROUP, POLLIN, SIGKILL } from '../../../linux/constants.ts';
import type { Field, ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data } from '../program/program.ts';
import { endedOffsets, keeperDescriptors, killers, RELEASED } from '../protocol.ts';
import { thawCgroups } from './cgroups.ts';
import { type Deadline, keepDeadline, startClock, stoppedClock } from './deadline.ts';
import type { Family } from './family.ts';
import type { ChildToFollow } from './follow.ts';
import { type HeldStreams, heldPollFields, takeStreams } from './held-streams.ts';
import { hearInit, hearLastWord } from './init-news.ts';
import { emptyStreams, resumeStreams } from './patience.ts';
import { POLLFD_SIZE, revents } from './poll.ts';
import { serveStreams } from './stream-service.ts';

const { control } = keeperDescriptors;

/** Places of what every keeper listens to: sc, what init says while it starts, init's end. */
const places = { control: 0, errors: 1, child: 2, held: 3 } as const;

interface Watch {
  /** Of a detached container, for what it writes. */
  held?: HeldStreams;
  deadline?: Deadline | undefined;
  /** Whether sc can let go of it, and be gone then. */
  isReleasable: boolean;
  /** Whether who is killed is so with its process group, where the kernel can (Linux 6.9); pid 1 takes all along. */
  killsGroup?: boolean;
  /** What is done first with news of the child, before it is taken for its end. */
  followChild?: (child: ChildToFollow) => void;
}

/**
 * Waits for init's start or failure, for signals from sc, for sc's death, and for init's end; of a container
 * that has a deadline for that too. Of a program that is executed in a container that runs, it is what is
 * called init here.
 */
export function watch(
  p: ProgramBuilder,
  family: Family,
  ended: Data,
  { held, deadline, isReleasable, killsGroup, followChild }: Watch,
): void {
  const fields: Field[] = [
    [control, 4],
    [POLLIN, 2],
    [0, 2],
    [-1, 4],
    // Not woken by what init says, but by POLLHUP when it has said all: each waking costs a start time. A small
    // init waits for an answer.
    [family.smallInit && !family.isAdmitted ? POLLIN : 0, 2],
    [0, 2],
    [-1, 4],
    [POLLIN, 2],
    [0, 2],
  ];
  const heldFields = held ? heldPollFields(held) : [];
  const fds = p.struct('pollfds', ...fields, ...heldFields, ...(deadline ? stoppedClock : []));
  const pidfd: Argument = { load: 32, from: family.pidfd, at: 0 };
  p.store('watch the pipe', fds, places.errors * POLLFD_SIZE, { load: 32, from: family.errors, at: 0 }, 4);
  p.store('watch init', fds, places.child * POLLFD_SIZE, pidfd, 4);

  const loop = p.label('wait');
  const over = p.label('init has ended');
  const listening = { fds, from: places.held, loop };
  p.place(loop);
  const clock = { fds, place: places.held + (held?.listened.length ?? 0) };
  const count = clock.place + (deadline ? 1 : 0);
  const patience: Argument = held ? { load: 64, from: held.patience, at: 0 } : 0;
  const news = p.call('wait for init, sc or the end', 'ppoll', fds, count, patience, 0, 0);
  if (held) resumeStreams(p, held, listening, news, over);

  const [speaks, noNews] = [p.label('init speaks'), p.label('no news of init')];
  followChild?.({ fds, place: places.child, loop, quiet: noNews });
  p.jump(noNews, 'equal', revents(fds, places.errors), 0);
  p.place(speaks);
  const watched = { fds, at: places.errors * POLLFD_SIZE, loop };
  hearInit(p, family, ended, watched, held, () => {
    if (deadline) startClock(p, deadline, clock);
  });
  p.jump(loop);
  p.place(noNews);

  const noSignal = p.label('nothing from sc');
  p.jump(noSignal, 'equal', revents(fds, places.control), 0);
  const byte = p.space('signal', 8);
  const gone = p.label('sc is gone');
  const heard = p.call('hear sc', 'read', control, byte, 1);
  p.jump(gone, 'not-equal', { result: heard }, 1);
  const signal: Argument = { load: 8, from: byte, at: 0 };
  if (isReleasable) {
    const kept = p.label('it is not released');
    p.jump(kept, 'not-equal', signal, RELEASED);
    if (held?.taken) takeStreams(p, { ...held, taken: held.taken }, listening, loop);
    p.store('hear sc no more', fds, 0, -1, 4);
    p.jump(loop);
    p.place(kept);
  }
  const sendSignal = (number: Argument) => {
    p.attempt('send the signal to init', 'pidfd_send_signal', pidfd, number, 0, 0);
    p.jump(loop, 'not-equal', number, SIGKILL);
    if (killsGroup) killGroup(p, pidfd);
    p.store('record that sc had it killed', ended, endedOffsets.killer, killers.sc, 4);
    thawCgroups(p, family.cgroups);
    p.jump(loop);
  };
  sendSignal(signal);
  p.place(gone);
  p.store('hear sc no more', fds, 0, -1, 4);
  p.store('record that sc is gone', ended, endedOffsets.killer, killers.keeper, 4);
  if (killsGroup) killGroup(p, pidfd);
  p.attempt('kill init', 'pidfd_send_signal', pidfd, SIGKILL, 0, 0);
  thawCgroups(p, family.cgroups);
  p.jump(loop);
  p.place(noSignal);

  if (held) serveStreams(p, held, listening, sendSignal);
  const end = revents(fds, places.child);
  if (deadline) keepDeadline(p, deadline, clock, family, { end, ended, loop });
  p.jump(loop, 'equal', end, 0);
  if (!held || held.taken) hearLastWord(p, family, fds, places.errors, speaks);
  if (held) {
    if (held.taken) p.jump(over, 'equal', { load: 32, from: held.taken, at: 0 }, 0);
    const quiet = [places.child, places.control, ...(deadline ? [clock.place] : [])];
    for (const place of quiet) p.store('listen no more', fds, place * POLLFD_SIZE, -1, 4);
    emptyStreams(p, held);
    p.jump(loop);
    p.place(over);
  }
}

/** A process that is not reaped keeps its number, so that no other group can have it. */
function killGroup(p: ProgramBuilder, pidfd: Argument): void {
  const flag = PIDFD_SIGNAL_PROCESS_GROUP;
  p.attempt('kill its process group', 'pidfd_send_signal', pidfd, SIGKILL, 0, flag);
}
