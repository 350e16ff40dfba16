import {
  AT_FDCWD,
  CLONE_NEWNS,
  CLOSE_RANGE_CLOEXEC,
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
import { FAILED_SIZE, keeperDescriptors } from '../protocol.ts';

export interface DetachRequest {
  /** A program of the host and its arguments. */
  argv: readonly string[];
  /** `NAME=value`. */
  environment: readonly string[];
  /** cgroup.procs of the control groups that it goes into; they are there. */
  procsFiles: readonly string[];
  rlimits: readonly Pick<ResolvedRlimits['limits'][number], 'name' | 'resource' | 'soft' | 'hard'>[];
}

/**
 * A program of the host in surroundings of its own, so that it outlives who starts it and depends on nothing of
 * theirs: its session is new already, its parent goes, and it has its own control groups, limits and view of
 * the mounts, which follows that of the host.
 */
export function renderDetach({ argv, environment, procsFiles, rlimits }: DetachRequest): Program {
  const p = new ProgramBuilder();
  const failed = p.label('it fails');
  p.failTo(failed);
  p.call('close what was open in the caller', 'close_range', keeperDescriptors.control, 0xffff_ffff, 0);
  const goesOn = p.label('the child goes on');
  // No child of the caller, who could not reap it.
  const child = p.call('fork', 'clone', SIGCHLD, 0, 0, 0, 0);
  p.jump(goesOn, 'equal', { result: child }, 0);
  p.attempt('end', 'exit_group', 0);
  p.place(goesOn);
  p.call('lead a session', 'setsid');
  p.call("hold nobody's directory", 'chdir', p.string('/'));
  p.call('make files with the modes that are asked for', 'umask', 0o077);
  const zero = p.string('0');
  for (const path of procsFiles) {
    const words = `join ${path}`;
    const file = p.call(words, 'openat', AT_FDCWD, p.string(path), O_WRONLY | O_CLOEXEC);
    p.call(words, 'write', { result: file }, zero, 1);
    p.call(words, 'close', { result: file });
  }
  for (const { name, resource, soft, hard } of rlimits) {
    const limit = p.struct(`{${soft}, ${hard}}`, [soft, 8], [hard, 8]);
    p.call(`limit ${name}`, 'prlimit64', 0, resource, limit, 0);
  }
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
