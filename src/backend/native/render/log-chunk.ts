import { EAGAIN, SEEK_CUR, SPLICE_F_NONBLOCK } from '../../../linux/constants.ts';
import { ENTRY_SIZE, entryOffsets } from '../../../logging/layout.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Label } from '../program/program.ts';
import { LOG_SIZE } from '../protocol.ts';
import { chunkSize, filesOf, type Log } from './log.ts';
import { openAnew } from './log-opening.ts';
import { rotateIfFull } from './log-rotation.ts';
import { noteTime } from './log-time.ts';
import { complain } from './log-trouble.ts';
import { tellIfHeard } from './report.ts';

/** Moves what is in a pipe into the log: on at `empty` where nothing is, at `closed` when nothing will be. */
export function takeChunk(
  p: ProgramBuilder,
  log: Log,
  pipe: Argument,
  stream: number,
  ways: { empty: Label; closed: Label; hindered: Label },
): void {
  const words = `log what it writes to descriptor ${stream}`;
  const [data] = filesOf(log);
  const moved = p.attempt(words, 'splice', pipe, 0, data, 0, chunkSize(log.target), SPLICE_F_NONBLOCK);
  p.jump(ways.closed, 'equal', { result: moved }, 0);
  p.jump(ways.empty, 'equal', { result: moved }, -EAGAIN);
  const fine = p.label('it is in the log');
  p.jump(fine, 'less', 0, { result: moved });
  complain(p, log, moved);
  p.jump(ways.hindered);
  p.place(fine);
  const end = p.attempt(words, 'lseek', data, 0, SEEK_CUR);
  p.store('note where it ends', log.entry, entryOffsets.end, { result: end }, 8);
  p.store('note its length', log.entry, entryOffsets.length, { result: moved }, 4);
  p.store('note its stream', log.entry, entryOffsets.stream, stream, 4);
  noteTime(p, log);
  p.store('owe the entry', log.debt, 0, 1, 4);
  payDebt(p, log, ways.hindered);
  rotateIfFull(p, log);
}

/** Writes the entry that could not be written, and opens what could not be opened. */
export function resumeLog(p: ProgramBuilder, log: Log, hindered: Label): void {
  openAnew(p, log);
  const even = p.label('nothing is owed');
  p.jump(even, 'equal', { load: 32, from: log.debt, at: 0 }, 0);
  payDebt(p, log, hindered);
  p.place(even);
}

function payDebt(p: ProgramBuilder, log: Log, hindered: Label): void {
  const [, index] = filesOf(log);
  const written = p.attempt('write the entry', 'write', index, log.entry, ENTRY_SIZE);
  const paid = p.label('the entry is written');
  p.jump(paid, 'equal', { result: written }, ENTRY_SIZE);
  complain(p, log, written);
  p.jump(hindered);
  p.place(paid);
  p.store('owe nothing', log.debt, 0, 0, 4);
  const well = p.label('all is well with the log');
  p.jump(well, 'equal', { load: 32, from: log.trouble, at: 4 }, 0);
  p.store('the log is written again', log.trouble, 4, 0, 4);
  tellIfHeard(p, 'tell of it', log.trouble, LOG_SIZE);
  p.place(well);
}
