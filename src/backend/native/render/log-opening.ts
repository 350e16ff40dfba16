import { AT_FDCWD, O_CLOEXEC, O_DIRECTORY, O_TRUNC, SEEK_END } from '../../../linux/constants.ts';
import { ENTRY_SIZE, entryOffsets, logFileName, logStreams } from '../../../logging/layout.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Label } from '../program/program.ts';
import { directoryOf, filesOf, type Log, logFiles } from './log.ts';
import { noteTime, takeUpTime } from './log-time.ts';
import { complain, tellLog } from './log-trouble.ts';

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
  takeUpTime(p, log);
  const end = call('go to its end', 'lseek', data, 0, SEEK_END);
  p.store('note where it ends', log.entry, entryOffsets.end, { result: end }, 8);
  noteTime(p, log);
  p.store('mark a start', log.entry, entryOffsets.stream, logStreams.mark, 4);
  call('mark a start', 'write', index, log.entry, ENTRY_SIZE);
}

function closeLog(p: ProgramBuilder, { directory, files }: Log): void {
  for (const [from, at] of [[directory, 0] as const, ...logFiles.map((file) => [files, file.at] as const)]) {
    p.attempt('close the log', 'close', { load: 32, from, at });
    p.store('have it closed', from, at, -1, 4);
  }
}

/** Opens those files of a new log that are not open. What is negative then is tried again with the next chunk. */
export function openAnew(p: ProgramBuilder, log: Log): void {
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
