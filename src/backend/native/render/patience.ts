import { EAGAIN, EFD_CLOEXEC, EFD_NONBLOCK, EFD_SEMAPHORE } from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Entry, Label } from '../program/program.ts';
import type { HeldStreams, Listening } from './held-streams.ts';
import { chunkSize } from './log.ts';
import { resumeLog } from './log-chunk.ts';
import { POLLFD_SIZE } from './poll.ts';

/** Seconds between two tries to write a log that was hindered, and how many are made when init has ended. */
export const PAUSE = 1;
const LAST_TRIES = 3;

/** What may be in the pipes at the end, in bytes: they hold 1 MiB each, unless root of the machine enlarges them (pipe(7)). */
const MOST_LEFT = 2 << 20;

/** Chunks beside full ones. */
const LAST_CHUNKS = 64;

/**
 * When ppoll has waited in vain: goes on with a log that was hindered, or to `end` where init is gone. There it leads
 * at last too when somebody outside of the container writes on, or the log cannot be written.
 */
export function resumeStreams(
  p: ProgramBuilder,
  held: HeldStreams,
  { fds, from, loop }: Listening,
  news: Entry,
  end: Label,
): void {
  const isOver: Argument = { load: 32, from: held.over, at: 0 };
  const [heard, again, still, forEver, goesOn] = [
    p.label('there is news'),
    p.label('try to write the log again'),
    p.label('the log is hindered still'),
    p.label('init has not ended'),
    p.label('go on'),
  ];
  p.jump(heard, 'not-equal', { result: news }, 0);
  p.jump(again, 'equal', { load: 32, from: held.hindered, at: 0 }, 1);
  p.jump(end);
  p.place(again);
  useUp(p, 'count a try', { load: 32, from: held.left, at: 4 }, end);
  resumeLog(p, held.log, still);
  p.store('the log is not hindered', held.hindered, 0, 0, 4);
  held.listened.forEach((_, index) => {
    const descriptor: Argument = { load: 32, from: held.open, at: 4 * index };
    p.store('listen again', fds, (from + index) * POLLFD_SIZE, descriptor, 4);
  });
  p.jump(forEver, 'equal', isOver, 0);
  waitFor(p, held, 0);
  p.jump(loop);
  p.place(forEver);
  p.store('wait for ever', held.patience, 0, 0, 8);
  p.jump(loop);
  p.place(still);
  waitFor(p, held, PAUSE);
  p.jump(loop);
  p.place(heard);
  p.jump(goesOn, 'equal', isOver, 0);
  useUp(p, 'count what is taken', { load: 32, from: held.left, at: 0 }, end);
  waitFor(p, held, 0);
  p.place(goesOn);
}

/** A semaphore counts, since no list can; there is none before init has ended. */
function useUp(p: ProgramBuilder, words: string, semaphore: Argument, end: Label): void {
  const taken = p.attempt(words, 'read', semaphore, p.space('one', 8), 8);
  p.jump(end, 'equal', { result: taken }, -EAGAIN);
}

/** When init has ended nobody writes any more, and what is in the pipes is all: until then no waiting. */
export function emptyStreams(p: ProgramBuilder, held: HeldStreams): void {
  p.store('init is gone', held.over, 0, 1, 4);
  const flags = EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC;
  const counts = [Math.ceil(MOST_LEFT / chunkSize(held.log.target)) + LAST_CHUNKS, LAST_TRIES];
  for (const [index, count] of counts.entries()) {
    const semaphore = p.attempt(`count ${count}`, 'eventfd2', count, flags);
    p.store(`count ${count}`, held.left, 4 * index, { result: semaphore }, 4);
  }
  const isHindered = p.label('but the log is hindered');
  p.jump(isHindered, 'equal', { load: 32, from: held.hindered, at: 0 }, 1);
  waitFor(p, held, 0);
  p.place(isHindered);
}

/** The kernel writes what is left of the time into it (ppoll(2)), so that it is set each time. */
export function waitFor(p: ProgramBuilder, { patience }: HeldStreams, seconds: number): void {
  const time = p.struct(`${seconds} s`, [seconds, 8], [0, 8]);
  p.store(`wait ${seconds} s`, time, 0, seconds, 8);
  p.store('and no longer', time, 8, 0, 8);
  p.store(`wait ${seconds} s`, patience, 0, time, 8);
}
