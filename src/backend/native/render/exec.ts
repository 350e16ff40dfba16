import { CLONE_PIDFD, O_CLOEXEC, SIGCHLD, SIGKILL } from '../../../linux/constants.ts';
import { ProgramBuilder } from '../program/builder.ts';
import type { Data, Entry, Label, Program } from '../program/program.ts';
import { ENDED_SIZE, execDescriptors, FAILED_SIZE, keeperDescriptors, MESSAGE_ENDED } from '../protocol.ts';
import { joinCgroups, openProcs } from './cgroups.ts';
import { openChannel } from './channel.ts';
import { renderEntrant } from './entrant.ts';
import type { Family } from './family.ts';
import { expectSuccessor, follow, type Successor } from './follow.ts';
import type { ExecRenderRequest, ProgramView } from './input.ts';
import { raiseLimits } from './limits.ts';
import { lendOomScore } from './oom-score.ts';
import { leave, recordEnd } from './record.ts';
import { secure } from './secure.ts';
import { holdTerminal } from './terminal.ts';
import { watch } from './watch.ts';

/** The list of the keeper with that of who enters and, at the end, of the program: protocol.ts shows who says what. */
export function renderExec(request: ExecRenderRequest, host: ProgramView): Program {
  const p = new ProgramBuilder();
  const failed = p.label('the keeper fails');
  const over = p.label('all is over');
  p.failTo(failed);
  secure(p, execDescriptors.init);
  const errors = openErrors(p);
  const ended = p.space('record', ENDED_SIZE);
  p.store('begin the record of the end', ended, 0, MESSAGE_ENDED, 4);
  const pidfd = p.struct('pidfd', [-1, 4], [0, 4]);
  joinCgroups(
    p,
    request.groups.keeper.map((path) => openProcs(p, path)),
  );
  const groups = request.groups.program.map((path) => openProcs(p, path));
  raiseLimits(p, host, 0, 'the keeper, for its child');
  const takeBack = host.oomScore === undefined ? undefined : lendOomScore(p, host.oomScore);
  const successor = expectSuccessor(p);
  const family = fork(p, request, host, { errors, pidfd, groups, successor }, failed);
  takeBack?.();
  watch(p, family, ended, {
    isReleasable: true,
    killsGroup: true,
    followChild: (child) => follow(p, successor, pidfd, ended, child),
  });
  recordEnd(p, family, undefined, ended, undefined);
  p.jump(over);

  p.place(failed);
  p.attempt('report the failure', 'write', keeperDescriptors.report, p.failure, FAILED_SIZE);
  p.attempt('kill what was started', 'pidfd_send_signal', { load: 32, from: pidfd, at: 0 }, SIGKILL, 0, 0);

  p.place(over);
  p.attempt('report the end', 'write', keeperDescriptors.report, ended, ENDED_SIZE);
  if (request.container.terminal.tty) holdTerminal(p);
  leave(p, ended, undefined, undefined);
  return p.finish();
}

/** The end of the pipe that the program is born with gets a number around which all others can be closed. */
function openErrors(p: ProgramBuilder): Data {
  const errors = p.space('pipe', 8);
  const words = 'make a pipe for errors';
  p.call(words, 'pipe2', errors, O_CLOEXEC);
  p.call(words, 'dup3', { load: 32, from: errors, at: 4 }, execDescriptors.errors, O_CLOEXEC);
  p.attempt('close', 'close', { load: 32, from: errors, at: 4 });
  p.store(words, errors, 4, execDescriptors.errors, 4);
  return errors;
}

interface Parts {
  errors: Data;
  pidfd: Data;
  groups: readonly Entry[];
  successor: Successor;
}

function fork(
  p: ProgramBuilder,
  request: ExecRenderRequest,
  host: ProgramView,
  { errors, pidfd, groups, successor }: Parts,
  keeperFails: Label,
): Family {
  const channel = request.container.terminal.tty ? openChannel(p) : undefined;
  // struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls (clone3(2)).
  const fields = [CLONE_PIDFD, 0, 0, 0, SIGCHLD, 0, 0, 0].map((field) => [field, 8] as const);
  const clone = p.struct('no namespaces', ...fields);
  p.point(clone, 8, pidfd);
  const child = p.call('fork who enters', 'clone3', clone, clone.size);
  const keeper = p.label('the keeper goes on');
  p.jump(keeper, 'not-equal', { result: child }, 0);

  renderEntrant(p, request, host, { errors, groups, successor, channel });

  p.place(keeper);
  p.failTo(keeperFails);
  for (const stream of [0, 1, 2]) p.attempt('leave the streams to the program', 'close', stream);
  p.attempt('leave its end of the pipe to it', 'close', { load: 32, from: errors, at: 4 });
  if (channel) p.attempt('and of the socket', 'close', channel.child);
  return {
    child: { load: 32, from: successor.number, at: 0 },
    pidfd,
    errors,
    terminal: channel,
    cgroups: { groups: [] },
  };
}
