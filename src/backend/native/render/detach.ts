import {
  AT_FDCWD,
  CLONE_NEWNS,
  CLOSE_RANGE_CLOEXEC,
  EEXIST,
  ENODEV,
  ENOENT,
  KEYCTL_JOIN_SESSION_KEYRING,
  MS_REC,
  MS_SLAVE,
  O_CLOEXEC,
  O_WRONLY,
  SIG_SETMASK,
  SIGCHLD,
} from '../../../linux/constants.ts';
import type { ResolvedRlimits } from '../../../linux/rlimits.ts';
import { ProgramBuilder } from '../program/builder.ts';
import type { Program } from '../program/program.ts';
import { FAILED_SIZE, keeperDescriptors, MESSAGE_STARTED, STARTED_SIZE } from '../protocol.ts';
import { makeDirectory } from './cgroups.ts';

export interface DetachRequest {
  /** A program of the host and its arguments. */
  argv: readonly string[];
  /** `NAME=value`. */
  environment: readonly string[];
  /** Control groups that it goes into. */
  groups: readonly DetachGroup[];
  rlimits: readonly Pick<ResolvedRlimits['limits'][number], 'name' | 'resource' | 'soft' | 'hard'>[];
}

/** A group, and where its tree is mounted. */
export interface DetachGroup {
  root: string;
  names: readonly string[];
}

/**
 * A program of the host in surroundings of its own, so that it outlives who starts it and depends on nothing of
 * theirs: its session is new already, its parent goes, and it has its own control groups, limits and view of
 * the mounts, which follows that of the host.
 */
export function renderDetach({ argv, environment, groups, rlimits }: DetachRequest): Program {
  const p = new ProgramBuilder();
  const failed = p.label('it fails');
  p.failTo(failed);
  p.call('close what was open in the caller', 'close_range', keeperDescriptors.control, 0xffff_ffff, 0);
  const goesOn = p.label('the child goes on');
  // No child of the caller, who could not reap it.
  const child = p.call('fork', 'clone', SIGCHLD, 0, 0, 0, 0);
  p.jump(goesOn, 'equal', { result: child }, 0);
  const started = p.struct('started', [MESSAGE_STARTED, 4], [0, 4], [-1, 4]);
  p.store('tell the pid', started, 4, { result: child }, 4);
  p.attempt('report the start', 'write', keeperDescriptors.report, started, STARTED_SIZE);
  p.attempt('end', 'exit_group', 0);
  p.place(goesOn);
  p.call('lead a session', 'setsid');
  p.call("hold nobody's directory", 'chdir', p.string('/'));
  p.call('make files with the modes that are asked for', 'umask', 0o077);
  for (const group of groups) join(p, group);
  for (const { name, resource, soft, hard } of rlimits) {
    const limit = p.struct(`{${soft}, ${hard}}`, [soft, 8], [hard, 8]);
    p.call(`limit ${name}`, 'prlimit64', 0, resource, limit, 0);
  }
  shakeOff(p);
  p.call('take a view of the mounts', 'unshare', CLONE_NEWNS);
  p.call('let it follow that of the host', 'mount', 0, p.string('/'), 0, MS_REC | MS_SLAVE, 0);
  p.call('unblock signals', 'rt_sigprocmask', SIG_SETMASK, p.space('no signals', 8), 0, 8);
  p.call('close the pipe on exec', 'close_range', 3, 0xffff_ffff, CLOSE_RANGE_CLOEXEC);
  p.call(
    `execute ${argv[0]}`,
    'execve',
    p.string(argv[0] ?? ''),
    p.strings('argv', argv),
    p.strings('environment', environment),
  );
  p.place(failed);
  p.attempt('report the failure', 'write', keeperDescriptors.report, p.failure, FAILED_SIZE);
  p.attempt('end', 'exit_group', 1);
  return p.finish();
}

/** Who leaves a group as the last removes it with what is above it, maybe between our calls: then all are made again. */
function join(p: ProgramBuilder, { root, names }: DetachGroup): void {
  const path = [root, ...names].join('/');
  const again = p.label(`make ${path}`);
  p.place(again);
  for (const depth of names.keys())
    makeDirectory(
      p,
      [root, ...names.slice(0, depth + 1)].join('/'),
      [0, -EEXIST],
      depth > 0 ? again : undefined,
    );
  const words = `join ${path}`;
  const file = p.attempt(words, 'openat', AT_FDCWD, p.string(`${path}/cgroup.procs`), O_WRONLY | O_CLOEXEC);
  for (const gone of [ENOENT, ENODEV]) p.jump(again, 'equal', { result: file }, -gone);
  p.fail(words, { result: file });
  const written = p.attempt(words, 'write', { result: file }, p.string('0'), 1);
  p.call(words, 'close', { result: file });
  p.jump(again, 'equal', { result: written }, -ENODEV);
  p.fail(words, { result: written });
}

const SCHED_OTHER = 0;
const PRIO_PROCESS = 0;

/** What else a process has of who started it; where it may not, it keeps that. */
function shakeOff(p: ProgramBuilder): void {
  // That of a login is revoked at its end.
  p.attempt('take a session keyring', 'keyctl', KEYCTL_JOIN_SESSION_KEYRING, 0);
  p.attempt('be scheduled as others are', 'sched_setscheduler', 0, SCHED_OTHER, p.space('priority 0', 8));
  p.attempt('be as nice as others are', 'setpriority', PRIO_PROCESS, 0, 0);
  const everywhere = p.bytes('every processor', Buffer.alloc(1024, 0xff));
  p.attempt('run on every processor', 'sched_setaffinity', 0, everywhere.size, everywhere);
  p.attempt('have no personality', 'personality', 0);
  const words = 'be killed as late as others are';
  const score = p.attempt(
    words,
    'openat',
    AT_FDCWD,
    p.string('/proc/self/oom_score_adj'),
    O_WRONLY | O_CLOEXEC,
  );
  p.attempt(words, 'write', { result: score }, p.string('0'), 1);
}
