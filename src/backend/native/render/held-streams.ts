import { POLLIN } from '../../../linux/constants.ts';
import type { LogTarget } from '../../backend.ts';
import type { Field, ProgramBuilder } from '../program/builder.ts';
import type { Data, Label } from '../program/program.ts';
import { heldDescriptors } from '../protocol.ts';
import { closedLog, type Log } from './log.ts';
import { openLog } from './log-opening.ts';
import { tellLog } from './log-trouble.ts';
import { POLLFD_SIZE } from './poll.ts';

const { stdout, stderr, terminal, orders } = heldDescriptors;

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

/** What ppoll listens to, and where it is gone on when something was served. */
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
