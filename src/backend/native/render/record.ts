import {
  AT_FDCWD,
  CLOCK_REALTIME,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  P_PIDFD,
  POLLIN,
  SIG_SETMASK,
  SIGCHLD,
  WEXITED,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data, Entry } from '../program/program.ts';
import { ENDED_SIZE, EXIT_RECORD, endedOffsets, killers, OOM_TEXT_SIZE } from '../protocol.ts';
import type { Family } from './family.ts';
import type { RenderRequest } from './input.ts';
import { revents } from './poll.ts';
import { SI_CODE, SI_STATUS, SIGINFO_SIZE } from './siginfo.ts';

/** A directory that gets the record as a file, or a descriptor of the file itself. */
export type RecordPlace = { directory: Entry; isDurable: boolean } | { held: number };

/** Of a container that is deleted at its end nobody asks how it ended after a loss of power. */
export function openRecordDirectory(
  p: ProgramBuilder,
  { recordDirectory, container }: Pick<RenderRequest, 'recordDirectory' | 'container'>,
): RecordPlace | undefined {
  if (recordDirectory === undefined) return undefined;
  const [path, flags] = [p.string(recordDirectory), O_DIRECTORY | O_CLOEXEC];
  const directory = p.call("open the container's directory", 'openat', AT_FDCWD, path, flags);
  return { directory, isDurable: !container.removeOnExit };
}

/** Reaps init and writes down how it ended, for sc and for who comes after it. */
export function recordEnd(
  p: ProgramBuilder,
  family: Family,
  oom: Entry | undefined,
  ended: Data,
  place: RecordPlace | undefined,
): void {
  const info = p.space('siginfo', SIGINFO_SIZE);
  p.call('reap init', 'waitid', P_PIDFD, { load: 32, from: family.pidfd, at: 0 }, info, WEXITED, 0);
  recordStatus(p, info, ended);
  recordSmallInit(p, family, ended);
  recordMoment(p, ended);
  recordOutOfMemory(p, oom, ended);
  keepRecord(p, ended, place);
}

/** By what waitid(2) has answered. */
export function recordStatus(p: ProgramBuilder, info: Data, ended: Data): void {
  p.store('record how it ended', ended, endedOffsets.code, { load: 32, from: info, at: SI_CODE }, 4);
  p.store('record its status', ended, endedOffsets.status, { load: 32, from: info, at: SI_STATUS }, 4);
}

export function recordSmallInit(p: ProgramBuilder, { smallInit }: Family, ended: Data): void {
  if (smallInit === undefined) return;
  const signal = { pointer: ended, at: endedOffsets.signal };
  const none = p.label('no signal ended the program');
  // Whoever has had it inside can have made it wait for a signal (fcntl(2), F_SETFL), when nobody is left to send one.
  const fds = p.struct('the place for a signal', [-1, 4], [POLLIN, 2], [0, 2]);
  p.store('look for a signal', fds, 0, smallInit.signal, 4);
  p.attempt('look for a signal', 'ppoll', fds, 1, p.space('at once', 16), 0, 0);
  p.jump(none, 'equal', revents(fds, 0), 0);
  p.attempt('record what ended the program', 'read', smallInit.signal, signal, 8);
  p.place(none);
}

export function recordMoment(p: ProgramBuilder, ended: Data): void {
  p.call('record the time', 'clock_gettime', CLOCK_REALTIME, { pointer: ended, at: endedOffsets.seconds });
}

/** By the control group, as long as that is there. */
export function recordOutOfMemory(p: ProgramBuilder, oom: Entry | undefined, ended: Data): void {
  if (oom === undefined) return;
  const text = { pointer: ended, at: endedOffsets.oom };
  p.attempt('record out-of-memory kills', 'pread64', { result: oom }, text, OOM_TEXT_SIZE, 0);
}

export function keepRecord(p: ProgramBuilder, ended: Data, place: RecordPlace | undefined): void {
  if (place && 'held' in place) fill(p, ended, place.held);
  else if (place) write(p, ended, place);
}

/** Its first word comes last: until then it is none. */
function fill(p: ProgramBuilder, ended: Data, file: number): void {
  const words = 'write the record';
  const first = 4;
  p.attempt(words, 'pwrite64', file, { pointer: ended, at: first }, ended.size - first, first);
  p.attempt(words, 'pwrite64', file, ended, first, 0);
  p.attempt(words, 'fsync', file);
}

function write(
  p: ProgramBuilder,
  ended: Data,
  { directory, isDurable }: { directory: Entry; isDurable: boolean },
): void {
  const words = 'write the record';
  const temporary = p.string(`${EXIT_RECORD}.new`);
  const flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  const at = { result: directory };
  const file = p.attempt(words, 'openat', at, temporary, flags, 0o600);
  const done = p.label('the record is written');
  p.jump(done, 'less', { result: file }, 0);
  const written = p.attempt(words, 'write', { result: file }, ended, ENDED_SIZE);
  p.jump(done, 'not-equal', { result: written }, ENDED_SIZE);
  if (isDurable) p.attempt(words, 'fsync', { result: file });
  p.attempt(words, 'renameat2', at, temporary, at, p.string(EXIT_RECORD), 0);
  if (isDurable) p.attempt(words, 'fsync', at);
  p.place(done);
}

/**
 * The keeper's end; where sc was gone it starts the program that cleans up. Of a detached container that is
 * so where nobody was there to be `told`.
 */
export function leave(
  p: ProgramBuilder,
  ended: Data,
  onAbandoned: readonly string[] | undefined,
  told: Argument | undefined,
): void {
  const end = p.label('end');
  if (onAbandoned?.[0] !== undefined) {
    const abandoned = p.label('sc is not there');
    if (told !== undefined) p.jump(abandoned, 'less', told, 0);
    p.jump(end, 'not-equal', { load: 32, from: ended, at: endedOffsets.killer }, killers.keeper);
    p.place(abandoned);
    // Another process, so that who waits for the end of the keeper does not wait for that too.
    const cleaner = p.attempt('fork', 'clone', SIGCHLD, 0, 0, 0, 0);
    p.jump(end, 'not-equal', { result: cleaner }, 0);
    becomeCleaner(p, onAbandoned);
  }
  p.place(end);
  p.attempt('end', 'exit_group', 0);
}

/** Executes a program of the host, with nothing of ours open in it and no environment. */
export function becomeCleaner(p: ProgramBuilder, argv: readonly string[]): void {
  p.attempt('close everything', 'close_range', 0, 0xffff_ffff, 0);
  for (const stream of [0, 1, 2]) {
    p.attempt(`open /dev/null as descriptor ${stream}`, 'openat', AT_FDCWD, p.string('/dev/null'), O_RDWR);
  }
  unblockSignals(p);
  const words = p.strings('argv', argv);
  p.attempt('clean up after sc', 'execve', p.string(argv[0] ?? ''), words, p.strings('no environment', []));
}

/**
 * Takes what is pending first: SIGPIPE, since nobody read the last message, or the SIGTERM that ended sc
 * and all of its group would end the keeper too.
 */
function unblockSignals(p: ProgramBuilder): void {
  const all = p.struct('all signals', [-1, 8]);
  const now = p.space('now', 16);
  const again = p.label('take a pending signal');
  p.place(again);
  const taken = p.attempt('take a pending signal', 'rt_sigtimedwait', all, 0, now, 8);
  p.jump(again, 'less', 0, { result: taken });
  p.attempt('unblock signals', 'rt_sigprocmask', SIG_SETMASK, p.space('no signals', 8), 0, 8);
}
