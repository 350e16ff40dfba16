import {
  AT_FDCWD,
  O_CLOEXEC,
  O_WRONLY,
  P_ALL,
  P_PIDFD,
  PIDFD_GET_INFO,
  PIDFD_INFO_EXIT,
  WEXITED,
  WNOHANG,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../../native/program/builder.ts';
import type { Argument, Data, Entry } from '../../native/program/program.ts';
import { endedOffsets, STATUS_OF_SMALL_INIT, STATUS_OF_WAIT } from '../../native/protocol.ts';
import type { Family } from '../../native/render/family.ts';
import {
  keepRecord,
  type RecordPlace,
  recordMoment,
  recordOutOfMemory,
  recordSmallInit,
  recordStatus,
} from '../../native/render/record.ts';
import { SI_PID, SIGINFO_SIZE } from '../../native/render/siginfo.ts';
import { killTool, type ToolProcess } from '../../tool/render/command.ts';

/**
 * A pipe: lxc-start leaves the control groups as long as the keeper has its other end. Nobody has that as long as there
 * is no init, so that an lxc-start that fails to make one waits for nobody.
 */
export function openHook(p: ProgramBuilder): Data {
  const hook = p.space('pipe for the hook', 8);
  p.call('make a pipe for the hook', 'pipe2', hook, O_CLOEXEC);
  p.call('let the hook wait for nobody yet', 'close', { load: 32, from: hook, at: 4 });
  return hook;
}

/** From now on the hook waits for the keeper: a pipe has as many ends as it is opened by its link (proc_pid_fd(5)). */
export function holdHook(p: ProgramBuilder, hook: Data): void {
  const words = 'let the hook wait for the keeper';
  const theirs: Argument = { load: 32, from: hook, at: 0 };
  p.call(words, 'dup3', theirs, HELD_FD, O_CLOEXEC);
  const flags = O_WRONLY | O_CLOEXEC;
  const own = p.call(words, 'openat', AT_FDCWD, p.string(`/proc/self/fd/${HELD_FD}`), flags);
  p.store(words, hook, 4, { result: own }, 4);
  for (const descriptor of [theirs, HELD_FD]) p.attempt('leave it to lxc-start', 'close', descriptor);
}

/** No other descriptor of the keeper stands there. */
const HELD_FD = 90;

interface End {
  process: ToolProcess;
  hook: Data;
  oom: Entry | undefined;
  ended: Data;
  record: RecordPlace | undefined;
}

/**
 * When init has ended: writes down how, for sc and for who comes after it. lxc-start is killed, since all that it would still
 * do is to go into another control group in each tree and remove those of the container: the keeper removes them sooner.
 */
export function recordLxcEnd(p: ProgramBuilder, family: Family, end: End): void {
  const { process, hook, oom, ended, record } = end;
  recordMoment(p, ended);
  recordOutOfMemory(p, oom, ended);
  killTool(p, process);
  learnStatus(p, family, ended);
  p.call('let the hook end', 'close', { load: 32, from: hook, at: 4 });
  reapHook(p);
  recordSmallInit(p, family, ended);
  keepRecord(p, ended, record);
}

/** It may have begun, and nobody else is a child of the keeper now: its control group is to be empty. */
function reapHook(p: ProgramBuilder): void {
  const again = p.label('reap the hook');
  p.place(again);
  const reaped = p.attempt('reap the hook', 'waitid', P_ALL, 0, 0, WEXITED, 0);
  p.jump(again, 'equal', { result: reaped }, 0);
}

/**
 * If lxc-start has reaped init, it tells nobody what it has heard, and the kernel still knows it (linux/pidfd.h, Linux
 * 6.15). Else init was left to the keeper.
 */
function learnStatus(p: ProgramBuilder, { pidfd }: Family, ended: Data): void {
  const init: Argument = { load: 32, from: pidfd, at: 0 };
  const [own, known] = [p.label('init was left to the keeper'), p.label('how init has ended is known')];
  const untold = p.label('the kernel does not know it');
  const siginfo = p.space('siginfo', SIGINFO_SIZE);
  p.attempt('reap init', 'waitid', P_PIDFD, init, siginfo, WEXITED | WNOHANG, 0);
  p.jump(own, 'not-equal', { load: 32, from: siginfo, at: SI_PID }, 0);
  const info = p.space('pidfd_info', INFO_SIZE);
  p.store('ask how it has ended', info, 0, PIDFD_INFO_EXIT, 8);
  const asked = p.attempt('ask the kernel how init has ended', 'ioctl', init, PIDFD_GET_INFO, info);
  p.jump(untold, 'less', { result: asked }, 0);
  const isTold = p.label('the kernel knows it');
  p.jump(isTold, 'mask', { load: 32, from: info, at: 0 }, PIDFD_INFO_EXIT);
  p.place(untold);
  p.store('record that a small init has told it', ended, endedOffsets.code, STATUS_OF_SMALL_INIT, 4);
  p.jump(known);
  p.place(isTold);
  p.store('record how it ended', ended, endedOffsets.code, STATUS_OF_WAIT, 4);
  p.store('record its status', ended, endedOffsets.status, { load: 32, from: info, at: EXIT_CODE_AT }, 4);
  p.jump(known);
  p.place(own);
  recordStatus(p, siginfo, ended);
  p.place(known);
}

/** struct pidfd_info of PIDFD_INFO_SIZE_VER0: its mask u64 stands at 0. */
const INFO_SIZE = 64;
const EXIT_CODE_AT = 60;
