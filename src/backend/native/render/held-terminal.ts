import {
  EIO,
  O_CLOEXEC,
  O_NOCTTY,
  O_RDWR,
  SPLICE_F_NONBLOCK,
  TIOCGPTPEER,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Label } from '../program/program.ts';
import { heldDescriptors } from '../protocol.ts';
import type { HeldStreams } from './held-streams.ts';
import { LARGEST_CHUNK } from './log.ts';

const { terminal } = heldDescriptors;

/**
 * Between kernel pipes and files nothing passes through the keeper; a terminal is no pipe, so that it goes through
 * one. On at `left` where no process has its other side open.
 */
export function pipeTerminal(
  p: ProgramBuilder,
  master: Argument,
  pipe: Argument,
  ways: { empty: Label; closed: Label; left: Label },
): void {
  const words = 'take what the terminal shows';
  const moved = p.attempt(words, 'splice', master, 0, pipe, 0, LARGEST_CHUNK, SPLICE_F_NONBLOCK);
  p.jump(ways.closed, 'equal', { result: moved }, 0);
  p.jump(ways.left, 'equal', { result: moved }, -EIO);
  p.jump(ways.empty);
}

/**
 * Who comes back to a terminal that all had left, as who opens /dev/console for each message, is to be heard too: in
 * the place of the container the keeper has it open from then on, and opens it anew after each hangup.
 */
export function keepTerminal(p: ProgramBuilder, { peer }: HeldStreams, closed: Label): void {
  const flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
  p.attempt('close what was hung up', 'close', { load: 32, from: peer, at: 0 });
  const opened = p.attempt('keep the terminal open', 'ioctl', terminal, TIOCGPTPEER, flags);
  p.store('know its other side', peer, 0, { result: opened }, 4);
  p.jump(closed, 'less', { result: opened }, 0);
}
