import {
  AT_FDCWD,
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
  PR_SET_DUMPABLE,
  PROC_SUPER_MAGIC,
} from '../../../linux/constants.ts';
import type { ContainerSpec } from '../../../schema/container-spec.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Data, Entry } from '../program/program.ts';
import { execDescriptors, FAILED_SIZE, keeperDescriptors } from '../protocol.ts';
import { joinCgroups } from './cgroups.ts';
import type { Channel } from './channel.ts';
import { confine } from './confine.ts';
import { dieWithKeeper } from './die-with-keeper.ts';
import { dropPrivileges } from './drop.ts';
import { executeProgram } from './execute.ts';
import { forkSuccessor, keepFromSuccessor, type Successor } from './follow.ts';
import type { ExecRenderRequest, ProgramView } from './input.ts';
import { takeKeyring } from './keyring.ts';
import { setLimits } from './limits.ts';
import { close, openInRoot } from './mount-api.ts';
import { replaceNullStreamsOfRunning } from './null-streams.ts';
import { sayReady, unblockSignals } from './ready.ts';
import { requireFilesystem } from './require.ts';
import { makeControlling, takeTerminalOfRunning, terminalShape } from './terminal.ts';
import { becomeRootInside } from './user-namespace.ts';
import { changeDirectory } from './working-directory.ts';

const NAMESPACES = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP;

/** The exit code of who could not enter, or not become the program. */
const FAILED = 125;

interface EntrantParts {
  /** The pipe to the keeper, an i32 for each end. */
  errors: Data;
  /** cgroup.procs of the groups to join, open for writing. */
  groups: readonly Entry[];
  successor: Successor;
  /** Where the master of a terminal is handed over. */
  channel: Channel | undefined;
}

/**
 * What the keeper's child does, and then the program that it leaves inside. All that it may not do as a part of
 * the container is done with before that one is born, which the container sees from its first instruction on:
 * it has no more rights then than the container has itself, no descriptor of the host, and only executes
 * (CVE-2016-9962, CVE-2024-21626).
 */
export function renderEntrant(
  p: ProgramBuilder,
  request: ExecRenderRequest,
  host: ProgramView,
  parts: EntrantParts,
): void {
  const { container } = request;
  const failed = p.label('it fails');
  p.failTo(failed);
  leaveKeeper(p, parts);
  joinCgroups(p, parts.groups);
  confineByHost(p, host);
  enter(p, container);
  takeKeyring(p);
  const workingDirectory = openWorkingDirectory(p, container.process.cwd);
  if (parts.channel) takeTerminalOfRunning(p, parts.channel, terminalShape(request));
  replaceNullStreamsOfRunning(p, request.nullStreams ?? []);
  changeDirectory(p, workingDirectory, container.process.cwd);
  setLimits(p, host);
  keepFromSuccessor(p, parts.successor);
  const { errors } = execDescriptors;
  p.call('close all other descriptors', 'close_range', 3, errors - 1, 0);
  p.call('close all other descriptors', 'close_range', errors + 1, 0xffff_ffff, 0);

  const { loadFilterLast } = dropPrivileges(p, request, host);
  p.call('set the umask', 'umask', container.process.umask);
  dieWithKeeper(p);
  // A change of credentials has made it what fs.suid_dumpable says (prctl(2)).
  p.call('allow nobody to look inside', 'prctl', PR_SET_DUMPABLE, 0, 0, 0, 0);
  unblockSignals(p);
  loadFilterLast();
  const inside = forkSuccessor(p, parts.successor, 'leave the program in the container');
  endWith(p, 0);

  p.place(inside);
  p.call('lead a session', 'setsid');
  if (parts.channel) makeControlling(p, 0);
  dieWithKeeper(p);
  sayReady(p, parts.errors);
  executeProgram(p, container.process.args, request.environment);

  p.place(failed);
  p.attempt('tell the keeper', 'write', { load: 32, from: parts.errors, at: 4 }, p.failure, FAILED_SIZE);
  endWith(p, FAILED);
}

/** So that its pipes break for those at the other ends when it dies, and that no signal to its group comes here. */
function leaveKeeper(p: ProgramBuilder, { errors, channel }: EntrantParts): void {
  const { report, control } = keeperDescriptors;
  dieWithKeeper(p);
  p.call('leave the pipes to sc to the keeper', 'close_range', report, control, 0);
  p.call('and its end of the pipe', 'close', { load: 32, from: errors, at: 0 });
  if (channel) p.call('and of the socket', 'close', channel.parent);
  p.call('lead a session', 'setsid');
}

/** As long as it sees the /proc of the host: what the container calls so would swallow the words. */
function confineByHost(p: ProgramBuilder, { confinement }: ProgramView): void {
  if (Object.keys(confinement).length === 0) return;
  const words = 'open /proc of the host';
  const proc = p.call(words, 'openat', AT_FDCWD, p.string('/proc'), O_PATH | O_DIRECTORY | O_CLOEXEC);
  requireFilesystem(p, words, proc, PROC_SUPER_MAGIC, { ENODEV: 'mount proc on /proc of the host' });
  confine(p, proc, confinement);
  close(p, proc);
}

/** All namespaces at once, so that each is entered with the rights that the user namespace gives. */
function enter(p: ProgramBuilder, { security, clocks }: ContainerSpec): void {
  const own = (security.userNamespace ? CLONE_NEWUSER : 0) | (clocks ? CLONE_NEWTIME : 0);
  p.hint(p.call("enter the container's namespaces", 'setns', execDescriptors.init, NAMESPACES | own), {
    ESRCH: 'the container has ended meanwhile',
  });
  if (security.userNamespace) becomeRootInside(p);
  dieWithKeeper(p);
}

/** The working directory is the root of the container since its mount namespace was entered (setns(2)). */
function openWorkingDirectory(p: ProgramBuilder, path: string): Entry {
  const hint = 'choose a directory that is in the container, or make it there before';
  const hints = { ENOENT: hint, ENOTDIR: hint, ELOOP: hint };
  return openInRoot(p, `working directory "${path}"`, AT_FDCWD, path, {
    flags: O_PATH | O_DIRECTORY,
    hints,
  });
}

/** Never goes on with what is the keeper's, also where the filter forbids to end. */
function endWith(p: ProgramBuilder, code: number): void {
  const again = p.label('end');
  p.place(again);
  p.attempt('end', 'exit_group', code);
  p.jump(again);
}
