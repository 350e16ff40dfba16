import {
  AT_FDCWD,
  AT_REMOVEDIR,
  CLOCK_REALTIME,
  EAGAIN,
  EIO,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_TRUNC,
  O_WRONLY,
  SEEK_CUR,
  SEEK_END,
  SPLICE_F_NONBLOCK,
} from '../../../linux/constants.ts';
import { dataLimit, ENTRY_SIZE, entryOffsets, logFileName, logStreams } from '../../../logging/layout.ts';
import type { LogTarget } from '../../backend.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data, Entry, Label } from '../program/program.ts';
import { keeperDescriptors, LOG_SIZE, MESSAGE_LOG } from '../protocol.ts';
import { tellIfHeard } from './report.ts';

/** What a pipe holds is moved at once. */
const LARGEST_CHUNK = 262_144;

/** What the keeper has of a log that it writes. */
export interface Log {
  target: LogTarget;
  /** An i32: a descriptor. */
  directory: Data;
  /** Two i32: descriptors of the data and of the index. */
  files: Data;
  /** Of the index, the last one; its time is the latest that there was. */
  entry: Data;
  /** An i32: whether that entry is still to be written. */
  debt: Data;
  /** The message on what hinders it. */
  trouble: Data;
}

/** A log that is not open yet. */
export function closedLog(p: ProgramBuilder, target: LogTarget): Log {
  return {
    target,
    directory: p.struct('directory of the log', [-1, 4], [0, 4]),
    files: p.struct('files of the log', [-1, 4], [-1, 4]),
    entry: p.space('entry of the index', ENTRY_SIZE),
    debt: p.space('entry to be written', 8),
    trouble: p.struct('trouble with the log', [MESSAGE_LOG, 4], [0, 4]),
  };
}

/**
 * Opens the log where it ended, and marks the start of the container in it. Where that fails tells so, takes it back
 * and goes on at `failed`; without that label the start fails.
 */
export function openLog(p: ProgramBuilder, log: Log, failed?: Label): void {
  const words = 'open the log';
  const call: ProgramBuilder['call'] = (step, name, ...args) => {
    if (failed === undefined) return p.call(step, name, ...args);
    const result = p.attempt(step, name, ...args);
    const done = p.label('that is done');
    p.jump(done, 'less', -1, { result });
    tellLog(p, log, { result });
    closeLog(p, log);
    p.jump(failed);
    p.place(done);
    return result;
  };
  const path = p.string(log.target.directory);
  const directory = call(words, 'openat', AT_FDCWD, path, O_DIRECTORY | O_CLOEXEC);
  p.store('keep its directory', log.directory, 0, { result: directory }, 4);
  for (const { kind, at, flags } of logFiles) {
    const file = call(words, 'openat', directoryOf(log), p.string(logFileName(kind, 0)), flags, 0o600);
    p.store(`keep the ${kind}`, log.files, at, { result: file }, 4);
  }
  const [data, index] = filesOf(log);
  const end = call('go to its end', 'lseek', data, 0, SEEK_END);
  p.store('note where it ends', log.entry, entryOffsets.end, { result: end }, 8);
  call('note the time', 'clock_gettime', CLOCK_REALTIME, log.entry);
  p.store('mark a start', log.entry, entryOffsets.stream, logStreams.mark, 4);
  call('mark a start', 'write', index, log.entry, ENTRY_SIZE);
}

function closeLog(p: ProgramBuilder, { directory, files }: Log): void {
  for (const [from, at] of [[directory, 0] as const, ...logFiles.map((file) => [files, file.at] as const)]) {
    p.attempt('close the log', 'close', { load: 32, from, at });
    p.store('have it closed', from, at, -1, 4);
  }
}

/** Says how it is with the log: 0, or what hinders it. */
export function tellLog(p: ProgramBuilder, { trouble }: Log, errno: Argument): void {
  p.store('note how it is with the log', trouble, 4, errno, 4);
  p.attempt('tell of it', 'write', keeperDescriptors.report, trouble, LOG_SIZE);
  p.store('that is told', trouble, 4, 0, 4);
}

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

/** Takes the files away, from those who do not read them yet. */
export function removeLog(p: ProgramBuilder, log: Log): void {
  const { target } = log;
  const at = directoryOf(log);
  for (const kind of ['data', 'index'] as const)
    for (let number = 0; number < target.maxFiles; number++) {
      const name = logFileName(kind, number);
      p.attempt(`remove ${name}`, 'unlinkat', at, p.string(name), 0);
    }
  p.attempt('remove the log', 'unlinkat', AT_FDCWD, p.string(target.directory), AT_REMOVEDIR);
}

/** Writes the entry that could not be written, and opens what could not be opened. */
export function resumeLog(p: ProgramBuilder, log: Log, hindered: Label): void {
  openAnew(p, log);
  const even = p.label('nothing is owed');
  p.jump(even, 'equal', { load: 32, from: log.debt, at: 0 }, 0);
  payDebt(p, log, hindered);
  p.place(even);
}

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

/** A clock that is set back does not make the log go back. */
function noteTime(p: ProgramBuilder, { entry }: Log): void {
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

/** Tells of it once. */
function complain(p: ProgramBuilder, { trouble }: Log, result: Entry): void {
  const told = p.label('that was told');
  p.jump(told, 'not-equal', { load: 32, from: trouble, at: 4 }, 0);
  p.store('note what hinders', trouble, 4, { result }, 4);
  tellIfHeard(p, 'tell what hinders', trouble, LOG_SIZE);
  p.place(told);
}

function rotateIfFull(p: ProgramBuilder, log: Log): void {
  const { target } = log;
  const [full, done] = [p.label('the log is full'), p.label('there is room in the log')];
  p.jump(full, 'less', dataLimit(target.maxSize) - chunkSize(target), {
    load: 64,
    from: log.entry,
    at: entryOffsets.end,
  });
  const size = p.attempt('look how long the index is', 'lseek', filesOf(log)[1], 0, SEEK_CUR);
  p.jump(done, 'less', { result: size }, target.maxSize - dataLimit(target.maxSize) - ENTRY_SIZE);
  p.place(full);
  for (const at of [0, 4]) {
    p.attempt('close the full log', 'close', { load: 32, from: log.files, at });
    p.store('have it closed', log.files, at, -1, 4);
  }
  const at = directoryOf(log);
  for (let number = target.maxFiles - 1; number > 0; number--)
    for (const kind of ['data', 'index'] as const) {
      const [from, to] = [logFileName(kind, number - 1), logFileName(kind, number)];
      p.attempt(`rename ${from} to ${to}`, 'renameat2', at, p.string(from), at, p.string(to), 0);
    }
  // Not emptied: who reads it keeps what it has.
  if (target.maxFiles === 1)
    for (const name of ['data', 'index']) p.attempt(`remove ${name}`, 'unlinkat', at, p.string(name), 0);
  openAnew(p, log);
  p.place(done);
}

/** Opens those files of a new log that are not open. What is negative then is tried again with the next chunk. */
function openAnew(p: ProgramBuilder, log: Log): void {
  for (const { kind, at, flags } of logFiles) {
    const [isOpen, opened] = [p.label(`the ${kind} is open`), p.label(`the ${kind} is opened`)];
    p.jump(isOpen, 'less', -1, { load: 32, from: log.files, at });
    const name = p.string(logFileName(kind, 0));
    const file = p.attempt('begin a new log', 'openat', directoryOf(log), name, flags | O_TRUNC, 0o600);
    p.store(`keep the ${kind}`, log.files, at, { result: file }, 4);
    p.jump(opened, 'less', -1, { result: file });
    complain(p, log, file);
    p.place(opened);
    p.place(isOpen);
  }
}

/** Where each is kept, and how it is opened. */
const logFiles = [
  { kind: 'data', at: 0, flags: O_WRONLY | O_CREAT | O_CLOEXEC },
  { kind: 'index', at: 4, flags: O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND },
] as const;

function directoryOf({ directory }: Log): Argument {
  return { load: 32, from: directory, at: 0 };
}

/** The data, and the index. */
function filesOf({ files }: Log): [Argument, Argument] {
  return [
    { load: 32, from: files, at: 0 },
    { load: 32, from: files, at: 4 },
  ];
}

/** Bytes that are moved at once, at most. */
export function chunkSize(target: LogTarget): number {
  return Math.min(LARGEST_CHUNK, Math.floor(dataLimit(target.maxSize) / 4));
}
