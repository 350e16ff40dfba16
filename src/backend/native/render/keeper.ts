import {
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  CLONE_PIDFD,
  O_CLOEXEC,
  SIGCHLD,
  SIGKILL,
} from '../../../linux/constants.ts';
import { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data, Entry, Label, Program } from '../program/program.ts';
import {
  ENDED_SIZE,
  FAILED_SIZE,
  heldDescriptors,
  keeperDescriptors,
  lastDescriptor,
  MESSAGE_ENDED,
  smallInitSources,
} from '../protocol.ts';
import { makeCgroups, removeCgroups } from './cgroups.ts';
import { openChannel } from './channel.ts';
import { deadlineOf } from './deadline.ts';
import { bindsOfKeeper, equipInit, equipWithBinds } from './equip.ts';
import type { Family } from './family.ts';
import { heldFor, letGo } from './held-ports.ts';
import { holdStreams } from './held-streams.ts';
import { renderInit } from './init.ts';
import type { HostView, RenderRequest } from './input.ts';
import { makeSys } from './kernel-filesystems.ts';
import { removeLog } from './log-rotation.ts';
import { close } from './mount-api.ts';
import { attachInit } from './network.ts';
import { enterNetworkNamespace, hasOwnNetwork } from './network-namespace.ts';
import { lendOomScore } from './oom-score.ts';
import { type PidFile, pidFileOf, removePidFile, writePidFile } from './pid-file.ts';
import { leave, openRecordDirectory, type RecordPlace, recordEnd } from './record.ts';
import { tellIfHeard } from './report.ts';
import { secure } from './secure.ts';
import { prepareSmallInit } from './small-init-start.ts';
import { holdTerminal } from './terminal.ts';
import { enterTimeNamespace } from './time-namespace.ts';
import { watch } from './watch.ts';

const NAMESPACES = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC;

/** The exit code of an init that could not become the container's program. */
const INIT_FAILED = 125;

/** The keeper's list with, at its fork, the container's own: protocol.ts shows who says what when. */
export function renderContainer(request: RenderRequest, host: HostView): Program {
  const p = new ProgramBuilder();
  const failed = p.label('the keeper fails');
  const cleanUp = p.label('clean up');
  p.failTo(failed);

  const { detached } = request;
  secure(p, networkGiven(request) + heldFor(request));
  const ended = p.space('record', ENDED_SIZE);
  p.store('begin the record of the end', ended, 0, MESSAGE_ENDED, 4);
  const pidfd = p.struct('pidfd', [-1, 4], [0, 4]);
  const record: RecordPlace | undefined = detached
    ? { held: heldDescriptors.record }
    : openRecordDirectory(p, request);
  const { groups, oom } = makeCgroups(p, host.cgroups);
  const takeBack = host.oomScore === undefined ? undefined : lendOomScore(p, host.oomScore);
  const { terminal, logging } = request.container;
  const isAttended = detached?.isAttended === true;
  const streams = { tty: terminal.tty, oneStream: logging.order === 'strict', isAttended };
  const held = detached && holdStreams(p, detached.log, streams);
  const pidFile = pidFileOf(p, request.container);
  const family = fork(p, request, host, groups, { pidfd, pidFile, keeperFails: failed });
  takeBack?.();
  const deadline = deadlineOf(request.container);
  watch(p, family, ended, { ...(held && { held }), deadline, isReleasable: held !== undefined });
  recordEnd(p, family, oom, ended, record);
  p.jump(cleanUp);

  p.place(failed);
  p.attempt('report the failure', 'write', keeperDescriptors.report, p.failure, FAILED_SIZE);
  p.attempt('kill what was started', 'pidfd_send_signal', { load: 32, from: pidfd, at: 0 }, SIGKILL, 0, 0);

  p.place(cleanUp);
  letGo(p, networkGiven(request), request);
  removePidFile(p, pidFile);
  removeCgroups(p, host.cgroups);
  if (held?.log.target.isVolatile) removeLog(p, held.log);
  leave(p, ended, request.onAbandoned, reportEnd(p, request, ended));
  return p.finish();
}

/** The last descriptor that the keeper of this container is given, before those that it only holds. */
function networkGiven({ container, detached }: RenderRequest): number {
  const last = lastDescriptor(detached !== undefined);
  const before = container.monitor.init ? smallInitSources(last).program : last;
  return container.network.mode === 'container' ? before + 1 : before;
}

/** Of a detached container answers whether somebody heard of it: less than 0 where nobody did. */
export function reportEnd(
  p: ProgramBuilder,
  { detached, container }: Pick<RenderRequest, 'detached' | 'container'>,
  ended: Data,
): Argument | undefined {
  const words = 'report the end';
  if (detached) {
    p.attempt('listen no more', 'close', heldDescriptors.heard);
    const told = tellIfHeard(p, words, ended, ENDED_SIZE);
    if (detached.isAttended) holdTerminal(p);
    return { load: 32, from: told, at: 0 };
  }
  p.attempt(words, 'write', keeperDescriptors.report, ended, ENDED_SIZE);
  if (container.terminal.tty) holdTerminal(p);
  return undefined;
}

interface Forking {
  pidfd: Data;
  pidFile: PidFile | undefined;
  keeperFails: Label;
}

function fork(
  p: ProgramBuilder,
  request: RenderRequest,
  host: HostView,
  cgroups: readonly Entry[],
  { pidfd, pidFile, keeperFails }: Forking,
): Family {
  const { terminal, security, monitor, network } = request.container;
  const errors = p.space('pipe', 8);
  const smallInit = monitor.init
    ? prepareSmallInit(p, errors, lastDescriptor(request.detached !== undefined))
    : undefined;
  if (!smallInit) p.call('make a pipe for errors', 'pipe2', errors, O_CLOEXEC);
  const maps = security.userNamespace;
  const isEquipped = maps !== undefined || bindsOfKeeper(request).length > 0;
  const { interfaces = [] } = request;
  const isAttached = interfaces.length > 0;
  const waits = pidFile !== undefined;
  const channel = terminal.tty || isEquipped || isAttached || waits ? openChannel(p) : undefined;

  const ownNetwork = hasOwnNetwork(request.container);
  const leaveNetwork =
    network.mode === 'container' ? enterNetworkNamespace(p, networkGiven(request)) : undefined;
  const sys = ownNetwork ? undefined : makeSys(p);
  // struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls (clone3(2)).
  const clone = p.struct(
    `pid, mount, ${ownNetwork ? 'network, ' : ''}uts${maps ? ', user' : ''} and ipc namespaces`,
    [NAMESPACES | CLONE_PIDFD | (maps ? CLONE_NEWUSER : 0) | (ownNetwork ? CLONE_NEWNET : 0), 8],
    [0, 8],
    [0, 8],
    [0, 8],
    [SIGCHLD, 8],
    [0, 8],
    [0, 8],
    [0, 8],
  );
  p.point(clone, 8, pidfd);
  const { clocks } = request.container;
  const leaveTimeNamespace = clocks && enterTimeNamespace(p, clocks);
  const child = p.call('fork init into new namespaces', 'clone3', clone, clone.size);
  const keeper = p.label('the keeper goes on');
  p.jump(keeper, 'not-equal', { result: child }, 0);

  const failed = p.label('init fails');
  p.failTo(failed);
  renderInit(p, request, host, { cgroups, errors, channel, smallInit, sys });
  p.place(failed);
  p.attempt('tell the keeper', 'write', { load: 32, from: errors, at: 4 }, p.failure, FAILED_SIZE);
  p.attempt('end', 'exit_group', INIT_FAILED);

  p.place(keeper);
  p.failTo(keeperFails);
  leaveTimeNamespace?.();
  leaveNetwork?.();
  if (sys) close(p, sys);
  for (const stream of [0, 1, 2]) p.attempt('leave the streams to init', 'close', stream);
  p.attempt('leave its end of the pipe to init', 'close', { load: 32, from: errors, at: 4 });
  if (channel) p.attempt('and of the socket', 'close', channel.child);
  writePidFile(p, pidFile, { load: 32, from: pidfd, at: 0 });
  // Where it is gone already there is nobody to hear it, which is told by its last word.
  if (channel && waits) p.attempt('let init go on', 'write', channel.parent, p.space('byte', 8), 1);
  if (channel && (isEquipped || isAttached)) {
    const gone = p.label('init fails before it has mounts');
    const ways = { gone, failed: keeperFails };
    if (maps) equipInit(p, request, host, channel, maps, { pid: { result: child } }, ways);
    else if (isEquipped) equipWithBinds(p, request, channel, ways);
    if (isAttached) attachInit(p, interfaces, { pid: { result: child }, pidfd, channel }, gone);
    p.place(gone);
  }
  return {
    child: { result: child },
    pidfd,
    errors,
    smallInit,
    terminal: terminal.tty ? channel : undefined,
    cgroups: host.cgroups,
  };
}
