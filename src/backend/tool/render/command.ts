import {
  AT_FDCWD,
  CLD_EXITED,
  CLONE_PIDFD,
  ECANCELED,
  EPROTO,
  ESRCH,
  ETIMEDOUT,
  MFD_CLOEXEC,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_NOFOLLOW,
  O_WRONLY,
  P_PIDFD,
  PIDFD_SIGNAL_PROCESS_GROUP,
  POLLIN,
  SIGCHLD,
  SIGKILL,
  WEXITED,
  WNOWAIT,
} from '../../../linux/constants.ts';
import { rlimits } from '../../../linux/rlimits.ts';
import type { ProgramBuilder } from '../../native/program/builder.ts';
import type { Argument, Data, Entry, Label } from '../../native/program/program.ts';
import { endedOffsets, FAILED_SIZE, keeperDescriptors, killers } from '../../native/protocol.ts';
import { POLLFD_SIZE, revents } from '../../native/render/poll.ts';
import { unblockSignals } from '../../native/render/ready.ts';
import { SI_CODE, SI_STATUS, SIGINFO_SIZE } from '../../native/render/siginfo.ts';
import { type Command, MESSAGES, type Tool } from '../tool.ts';

const { report, control } = keeperDescriptors;

/** The exit code of who could not execute the tool. */
const NOT_EXECUTED = 125;

/** Sources of what a tool inherits stand from here on before they get their numbers. */
const FIRST_SOURCE = 70;

/** Above all of them. */
const STREAM = 80;

const FIRST_INHERITED = 3;

/** What the keeper knows of the tool that it has forked last. */
export interface ToolProcess {
  /** An i32, its pidfd; -1 where it is reaped. */
  pidfd: Data;
}

export function noTool(p: ProgramBuilder): ToolProcess {
  return { pidfd: p.struct('pidfd of the tool', [-1, 4], [0, 4]) };
}

/**
 * Forks a tool, in a session of its own. It gets `inherited` as descriptors 3, 4, ..., an empty file in memory as
 * standard input and output, and its messages go into a file. Where it cannot be executed the failure is told to sc.
 */
export function forkTool(
  p: ProgramBuilder,
  { directory, environment, fileSize }: Tool,
  { argv, words }: Command,
  process: ToolProcess,
  failed: Label,
  inherited: readonly Argument[] = [],
  prepare: (p: ProgramBuilder) => void = () => {},
): void {
  // struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls (clone3(2)).
  const fields = [CLONE_PIDFD, 0, 0, 0, SIGCHLD, 0, 0, 0].map((field) => [field, 8] as const);
  const clone = p.struct('no namespaces', ...fields);
  p.point(clone, 8, process.pidfd);
  const child = p.call(`fork for ${words}`, 'clone3', clone, clone.size);
  const keeper = p.label('the keeper goes on');
  p.jump(keeper, 'not-equal', { result: child }, 0);

  const childFailed = p.label(`${words} cannot be executed`);
  p.failTo(childFailed);
  p.call('lead a session', 'setsid');
  p.call('go to its directory', 'chdir', p.string(directory));
  p.call('make files with the usual modes', 'umask', 0o022);
  inherit(p, inherited);
  if (fileSize) {
    const { soft, hard } = fileSize;
    const limit = p.struct(`{${soft}, ${hard}}`, [soft, 8], [hard, 8]);
    p.call('limit what it may write', 'prlimit64', 0, rlimits.indexOf('fsize'), limit, 0);
  }
  prepare(p);
  unblockSignals(p);
  const program = argv[0] ?? '';
  p.call(
    `execute ${program}`,
    'execve',
    p.string(program),
    p.strings('argv', argv),
    p.strings('environment', environment),
  );
  p.place(childFailed);
  p.attempt('tell sc', 'write', FIRST_SOURCE, p.failure, FAILED_SIZE);
  p.attempt('end', 'exit_group', NOT_EXECUTED);

  p.place(keeper);
  p.failTo(failed);
}

/** First to numbers at which no source stands. What sc hears by keeps one of those, until the tool is executed. */
function inherit(p: ProgramBuilder, inherited: readonly Argument[]): void {
  const words = 'hand it what it inherits';
  p.call(words, 'dup3', report, FIRST_SOURCE, O_CLOEXEC);
  for (const [index, source] of inherited.entries())
    p.call(words, 'dup3', source, FIRST_SOURCE + 1 + index, O_CLOEXEC);
  for (const index of inherited.keys())
    p.call(words, 'dup3', FIRST_SOURCE + 1 + index, FIRST_INHERITED + index, 0);
  const flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC;
  const messages = p.call(`open ${MESSAGES}`, 'openat', AT_FDCWD, p.string(MESSAGES), flags, 0o600);
  giveStreams(p, messages, [2]);
  // Not the null device of the machine: crun gives its standard streams to the user of the container. Nor a file without a
  // name, which not every filesystem has: open(2), O_TMPFILE.
  const nothing = p.call('make an empty file', 'memfd_create', p.string('streams'), MFD_CLOEXEC);
  giveStreams(p, nothing, [0, 1]);
  const first = FIRST_INHERITED + inherited.length;
  p.call('close all others', 'close_range', first, FIRST_SOURCE - 1, 0);
  p.call('close all others', 'close_range', FIRST_SOURCE + 1, 0xffff_ffff, 0);
}

/** By way of a number that is no stream: the keeper has none of its own any more. */
function giveStreams(p: ProgramBuilder, opened: Entry, streams: readonly number[]): void {
  const words = 'give it its streams';
  p.call(words, 'dup3', { result: opened }, STREAM, O_CLOEXEC);
  for (const stream of streams) p.call(words, 'dup3', STREAM, stream, 0);
}

/**
 * Waits for a descriptor of the keeper's, no longer than `patience`. sc may have the container killed meanwhile, or be
 * gone, which fails with ECANCELED and is noted in `ended`; without that nobody is listened to. ETIMEDOUT where nothing
 * comes, and ESRCH where it would come from a tool that has ended, whoever of it is still there.
 */
export function awaitReadable(
  p: ProgramBuilder,
  words: string,
  awaited: Argument,
  patience: number,
  ended: Data | undefined,
  tool?: ToolProcess,
): void {
  const fds = p.struct(
    'pollfds',
    ...[ended ? control : -1, -1, -1].flatMap((fd) => [
      [fd, 4] as const,
      [POLLIN, 2] as const,
      [0, 2] as const,
    ]),
  );
  p.store(words, fds, POLLFD_SIZE, awaited, 4);
  if (tool) p.store(words, fds, 2 * POLLFD_SIZE, { load: 32, from: tool.pidfd, at: 0 }, 4);
  // The kernel takes off what has passed (ppoll(2), C library/kernel differences).
  const left = p.struct(
    `${patience} ms`,
    [Math.floor(patience / 1000), 8],
    [(patience % 1000) * 1_000_000, 8],
  );
  const [loop, there, timely] = [p.label(words), p.label(`${words}: it is there`), p.label('in time')];
  const gone = p.label('sc is gone');
  p.place(loop);
  const news = p.call(words, 'ppoll', fds, 3, left, 0, 0);
  p.jump(timely, 'not-equal', { result: news }, 0);
  p.fail(words, -ETIMEDOUT);
  p.place(timely);
  if (ended === undefined) return;
  p.jump(there, 'not-equal', revents(fds, 1), 0);
  const works = p.label('the tool is there');
  p.jump(works, 'equal', revents(fds, 2), 0);
  p.fail(words, -ESRCH);
  p.place(works);
  const byte = p.space('signal', 8);
  const heard = p.call('hear sc', 'read', control, byte, 1);
  p.jump(gone, 'not-equal', { result: heard }, 1);
  p.jump(loop, 'not-equal', { load: 8, from: byte, at: 0 }, SIGKILL);
  p.store('record that sc had it killed', ended, endedOffsets.killer, killers.sc, 4);
  p.fail(words, -ECANCELED);
  p.place(gone);
  p.store('record that sc is gone', ended, endedOffsets.killer, killers.keeper, 4);
  p.fail(words, -ECANCELED);
  p.place(there);
}

/** Waits for a tool's end, and listens to sc meanwhile where `ended` is given; EPROTO where it has failed. */
export function awaitTool(
  p: ProgramBuilder,
  command: Pick<Command, 'words'>,
  process: ToolProcess,
  patience: number,
  ended?: Data,
): void {
  awaitEnd(p, command, process, patience, ended);
  forgetTool(p, process);
}

/** The same, but it stays known: who of its process group is still there can be killed, until it is forgotten. */
export function awaitEnd(
  p: ProgramBuilder,
  { words }: Pick<Command, 'words'>,
  { pidfd }: ToolProcess,
  patience: number,
  ended?: Data,
): void {
  const tool: Argument = { load: 32, from: pidfd, at: 0 };
  awaitReadable(p, words, tool, patience, ended);
  const info = p.space('siginfo', SIGINFO_SIZE);
  const [bad, good] = [p.label(`${words} has failed`), p.label(`${words} is done`)];
  p.call(`${words}: look how it has ended`, 'waitid', P_PIDFD, tool, info, WEXITED | WNOWAIT, 0);
  p.jump(bad, 'not-equal', { load: 32, from: info, at: SI_CODE }, CLD_EXITED);
  p.jump(good, 'equal', { load: 32, from: info, at: SI_STATUS }, 0);
  p.place(bad);
  // As long as it is not reaped its group is its own: whom it has left behind would go on with what is taken away.
  killTool(p, { pidfd });
  p.fail(words, -EPROTO);
  p.place(good);
  p.call(`${words}: reap it`, 'waitid', P_PIDFD, tool, 0, WEXITED, 0);
}

/** Kills a tool with its process group, and reaps it. Of no effect where none is known. */
export function killTool(p: ProgramBuilder, process: ToolProcess): void {
  const tool: Argument = { load: 32, from: process.pidfd, at: 0 };
  const none = p.label('no tool is known');
  p.jump(none, 'equal', tool, -1);
  p.attempt(
    'kill the process group of the tool',
    'pidfd_send_signal',
    tool,
    SIGKILL,
    0,
    PIDFD_SIGNAL_PROCESS_GROUP,
  );
  p.attempt('kill the tool', 'pidfd_send_signal', tool, SIGKILL, 0, 0);
  p.attempt('reap it', 'waitid', P_PIDFD, tool, 0, WEXITED, 0);
  forgetTool(p, process);
  p.place(none);
}

/** As long as it is known no other is forked. */
export function forgetTool(p: ProgramBuilder, { pidfd }: ToolProcess): void {
  p.attempt('close', 'close', { load: 32, from: pidfd, at: 0 });
  p.store('know of no tool', pidfd, 0, -1, 4);
}
