import {
  EAGAIN,
  EFD_CLOEXEC,
  EFD_NONBLOCK,
  EFD_SEMAPHORE,
  O_CLOEXEC,
  O_NOCTTY,
  O_RDWR,
  POLLIN,
  TIOCGPTPEER,
} from '../../../linux/constants.ts';
import type { LogTarget } from '../../backend.ts';
import type { Field, ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data, Entry, Label } from '../program/program.ts';
import { CLOSE_STDIN, heldDescriptors } from '../protocol.ts';
import {
  chunkSize,
  closedLog,
  type Log,
  openLog,
  pipeTerminal,
  resumeLog,
  takeChunk,
  tellLog,
} from './log.ts';
import { POLLFD_SIZE, revents } from './poll.ts';

const { stdin, stdout, stderr, terminal, orders } = heldDescriptors;

/** How the log calls its streams. */
const streams: Readonly<Record<number, number>> = { [stdout]: 1, [stderr]: 2 };

/** What the keeper of a detached container has of its streams, and how long it waits for news. */
export interface HeldStreams {
  log: Log;
  /** Descriptors that are listened to, in this order; behind those of every keeper. */
  listened: readonly number[];
  /** As `listened`, an i32 each; -1 for those from which nothing will come any more. */
  open: Data;
  /** A pointer to the time that ppoll waits, u64; 0 is for ever. */
  patience: Data;
  /** An i32: whether the log could not be written, and is tried again. */
  hindered: Data;
  /** An i32: whether init has ended. */
  over: Data;
  /** Two i32, when it has: what is left of chunks that are taken, and of tries to write where that is hindered. */
  left: Data;
  /** An i32: the other side of the terminal, where the container has left it; else -1. */
  peer: Data;
  /** An i32, where the terminal is the caller's at first: whether it is so no more. */
  taken: Data | undefined;
}

/** Seconds between two tries to write a log that was hindered, and how many are made when init has ended. */
const PAUSE = 1;
const LAST_TRIES = 3;

/** What may be in the pipes at the end, in bytes: they hold 1 MiB each, unless root of the machine enlarges them (pipe(7)). */
const MOST_LEFT = 2 << 20;

/** Chunks beside full ones. */
const LAST_CHUNKS = 64;

interface Listening {
  fds: Data;
  /** Place in `fds` of the first of the held ones. */
  from: number;
  loop: Label;
}

/** Two streams, or the terminal's by way of a pipe; then orders. */
export function holdStreams(
  p: ProgramBuilder,
  target: LogTarget,
  { tty, oneStream, isAttended }: { tty: boolean; oneStream: boolean; isAttended: boolean },
): HeldStreams {
  const listened = [...(tty ? [terminal, stdout] : oneStream ? [stdout] : [stdout, stderr]), orders];
  const log = closedLog(p, target);
  if (!isAttended) openLog(p, log);
  const open = listened.map((descriptor): Field => [firstHeard(descriptor, isAttended), 4]);
  return {
    log,
    listened,
    open: p.struct('open streams', ...open),
    patience: p.space('for ever', 8),
    hindered: p.space('hindered', 8),
    over: p.space('over', 8),
    left: p.struct('left', [-1, 4], [-1, 4]),
    peer: p.struct('the other side of the terminal', [-1, 4], [0, 4]),
    taken: isAttended ? p.space('taken', 8) : undefined,
  };
}

/** Their struct pollfd. */
export function heldPollFields({ listened, taken }: HeldStreams): Field[] {
  return listened.flatMap((descriptor): Field[] => [
    [firstHeard(descriptor, taken !== undefined), 4],
    [POLLIN, 2],
    [0, 2],
  ]);
}

/** Nothing of what is the caller's yet. */
function firstHeard(descriptor: number, isAttended: boolean): number {
  return isAttended && descriptor !== orders ? -1 : descriptor;
}

/** Begins to do what the caller has done until now, and tells so; at `failed` where the log cannot be opened. */
export function takeStreams(
  p: ProgramBuilder,
  { log, listened, open, taken }: HeldStreams & { taken: Data },
  { fds, from }: Listening,
  failed: Label,
): void {
  openLog(p, log, failed);
  listened.forEach((descriptor, index) => {
    p.store('it is open', open, 4 * index, descriptor, 4);
    p.store('listen to it', fds, (from + index) * POLLFD_SIZE, descriptor, 4);
  });
  p.store('they are taken', taken, 0, 1, 4);
  tellLog(p, log, 0);
}

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

/** Logs what has come, and does what was ordered. */
export function serveStreams(
  p: ProgramBuilder,
  held: HeldStreams,
  { fds, from, loop }: Listening,
  sendSignal: (signal: Argument) => void,
): void {
  const hindered = p.label('the log is hindered');
  held.listened.forEach((descriptor, index) => {
    const [empty, closed] = [p.label(`nothing more in ${descriptor}`), p.label(`${descriptor} is closed`)];
    p.jump(empty, 'equal', revents(fds, from + index), 0);
    if (descriptor === orders) takeOrder(p, sendSignal);
    else if (descriptor === terminal) {
      const left = p.label('nobody has the terminal open');
      pipeTerminal(p, terminal, stderr, { empty, closed, left });
      p.place(left);
      keepTerminal(p, held, closed);
    } else takeChunk(p, held.log, descriptor, streams[descriptor] ?? 1, { empty, closed, hindered });
    p.jump(empty);
    if (descriptor !== orders) {
      p.place(closed);
      p.store('nothing will come any more', held.open, 4 * index, -1, 4);
      p.store('listen no more', fds, (from + index) * POLLFD_SIZE, -1, 4);
    }
    p.place(empty);
  });
  const served = p.label('the streams are served');
  p.jump(served);
  p.place(hindered);
  p.store('the log is hindered', held.hindered, 0, 1, 4);
  held.listened.forEach((descriptor, index) => {
    if (descriptor !== orders) p.store('do not listen', fds, (from + index) * POLLFD_SIZE, -1, 4);
  });
  waitFor(p, held, PAUSE);
  p.jump(loop);
  p.place(served);
}

/**
 * Who comes back to a terminal that all had left, as who opens /dev/console for each message, is to be heard too: in
 * the place of the container the keeper has it open from then on, and opens it anew after each hangup.
 */
function keepTerminal(p: ProgramBuilder, { peer }: HeldStreams, closed: Label): void {
  const flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
  p.attempt('close what was hung up', 'close', { load: 32, from: peer, at: 0 });
  const opened = p.attempt('keep the terminal open', 'ioctl', terminal, TIOCGPTPEER, flags);
  p.store('know its other side', peer, 0, { result: opened }, 4);
  p.jump(closed, 'less', { result: opened }, 0);
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
function waitFor(p: ProgramBuilder, { patience }: HeldStreams, seconds: number): void {
  const time = p.struct(`${seconds} s`, [seconds, 8], [0, 8]);
  p.store(`wait ${seconds} s`, time, 0, seconds, 8);
  p.store('and no longer', time, 8, 0, 8);
  p.store(`wait ${seconds} s`, patience, 0, time, 8);
}

function takeOrder(p: ProgramBuilder, sendSignal: (signal: Argument) => void): void {
  const byte = p.space('order', 8);
  const [isSignal, done] = [p.label('the order is a signal'), p.label('the order is carried out')];
  const heard = p.attempt('hear an order', 'read', orders, byte, 1);
  p.jump(done, 'not-equal', { result: heard }, 1);
  const order: Argument = { load: 8, from: byte, at: 0 };
  p.jump(isSignal, 'not-equal', order, CLOSE_STDIN);
  p.attempt('end its standard input', 'close', stdin);
  p.jump(done);
  p.place(isSignal);
  sendSignal(order);
  p.place(done);
}
