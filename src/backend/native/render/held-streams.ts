import { POLLIN } from '../../../linux/constants.ts';
import type { LogTarget } from '../../backend.ts';
import type { Field, ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data, Entry, Label } from '../program/program.ts';
import { CLOSE_STDIN, heldDescriptors } from '../protocol.ts';
import { type Log, openLog, pipeTerminal, resumeLog, takeChunk } from './log.ts';
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
  /** An i32: whether init has ended. */
  over: Data;
}

export interface Listening {
  fds: Data;
  /** Place in `fds` of the first of the held ones. */
  from: number;
  loop: Label;
}

/** Two streams, or the terminal's by way of a pipe; then orders. */
export function holdStreams(
  p: ProgramBuilder,
  target: LogTarget,
  { tty, oneStream }: { tty: boolean; oneStream: boolean },
): HeldStreams {
  const listened = [...(tty ? [terminal, stdout] : oneStream ? [stdout] : [stdout, stderr]), orders];
  return {
    log: openLog(p, target),
    listened,
    open: p.struct('open streams', ...listened.map((descriptor): Field => [descriptor, 4])),
    patience: p.space('for ever', 8),
    over: p.space('over', 8),
  };
}

/** Their struct pollfd. */
export function heldPollFields({ listened }: HeldStreams): Field[] {
  return listened.flatMap((descriptor): Field[] => [
    [descriptor, 4],
    [POLLIN, 2],
    [0, 2],
  ]);
}

/** When ppoll has waited in vain: goes on with a log that was hindered, or to `end` where init is gone. */
export function resumeStreams(
  p: ProgramBuilder,
  held: HeldStreams,
  { fds, from, loop }: Listening,
  news: Entry,
  end: Label,
): void {
  const heard = p.label('there is news');
  p.jump(heard, 'not-equal', { result: news }, 0);
  p.jump(end, 'equal', { load: 32, from: held.over, at: 0 }, 1);
  resumeLog(p, held.log, loop);
  held.listened.forEach((_, index) => {
    const descriptor: Argument = { load: 32, from: held.open, at: 4 * index };
    p.store('listen again', fds, (from + index) * POLLFD_SIZE, descriptor, 4);
  });
  p.store('wait for ever', held.patience, 0, 0, 8);
  p.jump(loop);
  p.place(heard);
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
    else if (descriptor === terminal) pipeTerminal(p, terminal, stderr, { empty, closed });
    else takeChunk(p, held.log, descriptor, streams[descriptor] ?? 1, { empty, closed, hindered });
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
  held.listened.forEach((descriptor, index) => {
    if (descriptor !== orders) p.store('do not listen', fds, (from + index) * POLLFD_SIZE, -1, 4);
  });
  waitFor(p, held, 1);
  p.jump(loop);
  p.place(served);
}

/** When init has ended nobody writes any more, and what is in the pipes is all: until then no waiting. */
export function emptyStreams(p: ProgramBuilder, held: HeldStreams): void {
  p.store('init is gone', held.over, 0, 1, 4);
  waitFor(p, held, 0);
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
