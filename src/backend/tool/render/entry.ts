import { capabilities, capabilityMask } from '../../../linux/capabilities.ts';
import {
  AT_FDCWD,
  EINVAL,
  ENODATA,
  ENOSYS,
  EPERM,
  ESRCH,
  F_SETFD,
  FD_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
  PR_CAPBSET_READ,
  PR_GET_NO_NEW_PRIVS,
  PR_GET_SECCOMP,
  TIOCNOTTY,
} from '../../../linux/constants.ts';
import type { ContainerSpec } from '../../../schema/container-spec.ts';
import { ProgramBuilder } from '../../native/program/builder.ts';
import type { Program } from '../../native/program/program.ts';
import { FAILED_SIZE, MESSAGE_READY } from '../../native/protocol.ts';
import { dieWithKeeper } from '../../native/render/die-with-keeper.ts';
import { executeProgram } from '../../native/render/execute.ts';
import type { RenderRequest } from '../../native/render/input.ts';
import { close, openInRoot } from '../../native/render/mount-api.ts';
import { replaceNullStreamsOfRunning } from '../../native/render/null-streams.ts';
import { unblockSignals } from '../../native/render/ready.ts';
import { renderSmallInit, tellFailure, waitForAdmission } from '../../native/render/small-init.ts';
import { changeDirectory } from '../../native/render/working-directory.ts';
import { entryDescriptors, notDone } from '../tool.ts';

const { keeper, signal, stage, stdin, stdout, stderr } = entryDescriptors;

export type EntryRequest = Pick<RenderRequest, 'container' | 'environment' | 'nullStreams'>;

/**
 * The list of the container's first process, which a tool has made in all its surroundings, with the root as its
 * working directory: what a tool does otherwise than we, or not at all, and then the program. With `monitor.init` it
 * stays and looks after the program. It holds nothing that the container may not know.
 */
export function renderEntry(request: EntryRequest): Program {
  const begin = (p: ProgramBuilder) => takePlace(p, request);
  if (request.container.monitor.init) return renderSmallInit(request, begin);
  const p = new ProgramBuilder();
  const failed = p.label('the program cannot be executed');
  p.failTo(failed);
  begin(p);
  p.call('close the place for a signal', 'close', signal);
  p.call('keep it from the program', 'fcntl', keeper, F_SETFD, FD_CLOEXEC);
  waitForAdmission(p);
  unblockSignals(p);
  executeProgram(p, request.container.process.args, request.environment);
  p.place(failed);
  tellFailure(p);
  return p.finish();
}

function takePlace(p: ProgramBuilder, { container, nullStreams = [] }: EntryRequest): void {
  const { monitor, process, terminal } = container;
  waitForKeeper(p);
  dieWithKeeper(p);
  // The program leads a session of its own.
  if (terminal.tty && monitor.init) p.call('leave the terminal to the program', 'ioctl', 0, TIOCNOTTY, 0);
  if (!terminal.tty) {
    for (const [stream, source] of [stdin, stdout, stderr].entries())
      p.call('take its streams', 'dup3', source, stream, 0);
    replaceNullStreamsOfRunning(p, nullStreams);
  }
  const hint = 'choose a directory of the container, and no way through a link of /proc';
  const words = `working directory "${process.cwd}"`;
  const directory = openInRoot(p, words, AT_FDCWD, process.cwd, {
    flags: O_PATH | O_DIRECTORY,
    hints: { ENOENT: hint, ENOTDIR: hint, ELOOP: hint },
  });
  changeDirectory(p, directory, process.cwd);
  close(p, directory);
  p.call('set the umask', 'umask', process.umask);
  requireConfinement(p, container);
  p.call('close all other descriptors', 'close_range', stage, 0xffff_ffff, 0);
}

/**
 * Until the tool has gone its parent is that one, whose end would be taken for that of the keeper. An end of file is no
 * leave to go on: the keeper is gone then.
 */
function waitForKeeper(p: ProgramBuilder): void {
  const words = 'wait for the keeper';
  const there = p.struct('there', [MESSAGE_READY, 4], [0, 8]);
  p.call('say that it is there', 'write', keeper, there, FAILED_SIZE);
  const heard = p.call(words, 'read', keeper, p.space('byte', 8), 1);
  const goesOn = p.label('it goes on');
  p.jump(goesOn, 'equal', { result: heard }, 1);
  p.fail(words, -ESRCH);
  p.place(goesOn);
}

/**
 * A runtime may pass over what it was not built for, without a word. What a profile of one's own does not let be asked
 * is not asked.
 */
function requireConfinement(p: ProgramBuilder, { security }: ContainerSpec): void {
  const insistOn = (words: string, expected: number, question: number, about = 0) => {
    const there = p.label(`${words}: it is there`);
    const answer = p.attempt(words, 'prctl', question, about, 0, 0, 0);
    for (const fine of [expected, -EPERM, -ENOSYS, -EINVAL]) p.jump(there, 'equal', { result: answer }, fine);
    p.fail(words, -ENODATA, { ENODATA: notDone });
    p.place(there);
  };
  const { noNewPrivileges, seccomp } = security;
  const granted = capabilityMask(security.capabilities);
  for (const [number, name] of capabilities.entries())
    if ((granted & (1n << BigInt(number))) === 0n)
      insistOn(`look whether ${name} is dropped`, 0, PR_CAPBSET_READ, number);
  if (noNewPrivileges) insistOn('look for no_new_privs', 1, PR_GET_NO_NEW_PRIVS);
  if (seccomp !== 'unconfined') insistOn('look for the filter of system calls', 2, PR_GET_SECCOMP);
}
