import { CLOCK_REALTIME, SEEK_END } from '../../../linux/constants.ts';
import { ENTRY_SIZE, entryOffsets } from '../../../logging/layout.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data } from '../program/program.ts';
import { filesOf, type Log } from './log.ts';

/** Takes the time of the last entry of an earlier run up, if its writer came to the end of it. */
export function takeUpTime(p: ProgramBuilder, log: Log): void {
  const [, index] = filesOf(log);
  const words = 'look at the last entry';
  const taken = p.label('its time is known');
  const size = p.attempt(words, 'lseek', index, 0, SEEK_END);
  p.jump(taken, 'mask', { result: size }, ENTRY_SIZE - 1);
  // Where there is none this fails, and the next reads nothing.
  p.attempt(words, 'lseek', index, -ENTRY_SIZE, SEEK_END);
  p.attempt(words, 'read', index, log.entry, ENTRY_SIZE);
  p.store('begin an entry', log.entry, entryOffsets.length, 0, 4);
  p.place(taken);
}

/** A clock that is set back does not make the log go back. */
export function noteTime(p: ProgramBuilder, { entry }: Log): void {
  const now = p.space('now', 16);
  const [later, noted] = [p.label('it is later'), p.label('the time is noted')];
  const seconds = (from: Data): Argument => ({ load: 64, from, at: entryOffsets.seconds });
  const nanoseconds = (from: Data): Argument => ({ load: 64, from, at: entryOffsets.nanoseconds });
  p.attempt('look at the clock', 'clock_gettime', CLOCK_REALTIME, now);
  p.jump(noted, 'less', seconds(now), seconds(entry));
  p.jump(later, 'not-equal', seconds(now), seconds(entry));
  p.jump(noted, 'less', nanoseconds(now), nanoseconds(entry));
  p.place(later);
  p.store('note the second', entry, entryOffsets.seconds, seconds(now), 8);
  p.store('note the nanosecond', entry, entryOffsets.nanoseconds, nanoseconds(now), 8);
  p.place(noted);
}
