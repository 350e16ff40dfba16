import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument } from '../program/program.ts';
import { CLOSE_STDIN, heldDescriptors } from '../protocol.ts';
import type { HeldStreams, Listening } from './held-streams.ts';
import { keepTerminal, pipeTerminal } from './held-terminal.ts';
import { takeChunk } from './log-chunk.ts';
import { PAUSE, waitFor } from './patience.ts';
import { POLLFD_SIZE, revents } from './poll.ts';

const { stdin, stdout, stderr, terminal, orders } = heldDescriptors;

/** How the log calls its streams. */
const streams: Readonly<Record<number, number>> = { [stdout]: 1, [stderr]: 2 };

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
