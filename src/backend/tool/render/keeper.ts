import {
  AT_FDCWD,
  O_CLOEXEC,
  O_PATH,
  O_RDONLY,
  PR_SET_CHILD_SUBREAPER,
  SIGKILL,
} from '../../../linux/constants.ts';
import { hostId } from '../../../linux/id-maps.ts';
import { ProgramBuilder } from '../../native/program/builder.ts';
import type { Argument, Data, Entry, Label, Program } from '../../native/program/program.ts';
import {
  ENDED_SIZE,
  FAILED_SIZE,
  heldDescriptors,
  keeperDescriptors,
  lastDescriptor,
  MESSAGE_ENDED,
  smallInitSources,
} from '../../native/protocol.ts';
import { makeGroup, removeCgroups } from '../../native/render/cgroups.ts';
import { deadlineOf } from '../../native/render/deadline.ts';
import { makeBinds } from '../../native/render/equip.ts';
import type { Family } from '../../native/render/family.ts';
import { heldFor, letGo } from '../../native/render/held-ports.ts';
import { holdStreams } from '../../native/render/held-streams.ts';
import { holdUserNamespace } from '../../native/render/held-user-namespace.ts';
import type { HostView, RenderRequest } from '../../native/render/input.ts';
import { reportEnd } from '../../native/render/keeper.ts';
import { removeLog } from '../../native/render/log-rotation.ts';
import { enterNetworkNamespace } from '../../native/render/network-namespace.ts';
import { type PidFile, pidFileOf, removePidFile, writePidFile } from '../../native/render/pid-file.ts';
import { leave, openRecordDirectory, type RecordPlace, recordEnd } from '../../native/render/record.ts';
import { secure } from '../../native/render/secure.ts';
import { watch } from '../../native/render/watch.ts';
import { entryDescriptors, type Tool } from '../tool.ts';
import { awaitEnd, awaitTool, forgetTool, forkTool, killTool, noTool, type ToolProcess } from './command.ts';
import { connect } from './connect.ts';
import { openConsole, receiveConsole } from './console.ts';
import { FINISH, forkFinisher } from './finish.ts';
import { admitEntry, type Expected, expectEntry, meetEntry } from './hear-entry.ts';
import { keepGroups } from './keep-groups.ts';
import { type OwnClocks, ownClocks } from './own-clocks.ts';
import { ownUsers } from './own-users.ts';
import { reapAll, removeContainer, removeDirectory } from './removal.ts';
import { mountRoot, takeMountNamespace } from './root.ts';

/** The list of the keeper of a container that a tool makes: tool.ts shows who says what when. */
export function renderToolKeeper(request: RenderRequest, host: HostView, tool: Tool): Program {
  const p = new ProgramBuilder();
  const [failed, told, cleanUp] = [p.label('the keeper fails'), p.label('that is told'), p.label('clean up')];
  p.failTo(failed);
  const { container, detached } = request;
  const last = lastDescriptor(detached !== undefined);
  const isJoined = container.network.mode === 'container';
  const given = isJoined ? joinedDescriptor(last) : smallInitSources(last).program;
  secure(p, given + heldFor(request));
  p.call('adopt whom a tool leaves behind', 'prctl', PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  const ended = p.space('record', ENDED_SIZE);
  p.store('begin the record of the end', ended, 0, MESSAGE_ENDED, 4);
  const pidfd = p.struct('pidfd', [-1, 4], [0, 4]);
  const process = noTool(p);
  const hasFailed = p.space('whether the start has failed', 8);
  const record: RecordPlace | undefined = detached
    ? { held: heldDescriptors.record }
    : openRecordDirectory(p, request);
  const expected = expectEntry(p, last);
  const clocks = container.clocks && ownClocks(p, container.clocks);
  const { terminal, logging } = container;
  const isAttended = detached?.isAttended === true;
  const streams = { tty: terminal.tty, oneStream: logging.order === 'strict', isAttended };
  const held = detached && holdStreams(p, detached.log, streams);

  const { userNamespace: maps } = container.security;
  const first = p.call('note where the mounts begin', 'openat', AT_FDCWD, p.string('/'), O_PATH | O_CLOEXEC);
  const user = maps && holdUserNamespace(p, maps, failed);
  const bindOf = makeBinds(p, request, failed, user);
  takeMountNamespace(p);
  const users = maps && user !== undefined ? ownUsers(maps, user, host.rights) : undefined;
  const network = isJoined ? joinedDescriptor(last) : undefined;
  mountRoot(p, request, { host, bindOf, users, network, failed });
  // The lowest number that is free is taken (open(2)), so that all that is of the mounts stands behind it.
  p.call('let go of the mounts', 'close_range', { result: first }, 0xffff_ffff, 0);
  const pidFile = pidFileOf(p, container);
  const family = make(p, request, host, tool, {
    ...{ clocks, expected, process, ended, pidfd, pidFile, failed, told },
  });
  const oom = openOom(p, host);
  const deadline = deadlineOf(container);
  watch(p, family, ended, { ...(held && { held }), deadline, isReleasable: held !== undefined });
  recordEnd(p, family, oom, ended, record);
  p.jump(cleanUp);

  p.place(failed);
  p.attempt('report the failure', 'write', keeperDescriptors.report, p.failure, FAILED_SIZE);
  p.place(told);
  p.store('the start has failed', hasFailed, 0, 1, 4);
  killTool(p, process);
  // Its first process may wait for a word, and nobody else knows it yet.
  p.attempt('let nobody wait for the keeper', 'close', { load: 32, from: expected.socket, at: 0 });
  p.attempt('kill what was started', 'pidfd_send_signal', { load: 32, from: pidfd, at: 0 }, SIGKILL, 0, 0);

  p.place(cleanUp);
  letGo(p, given, request);
  removePidFile(p, pidFile);
  clocks?.enter();
  removeContainer(p, tool, process, hasFailed);
  reapAll(p);
  clocks?.leave();
  removeCgroups(p, host.cgroups);
  removeDirectory(p, tool, hasFailed);
  if (held?.log.target.isVolatile) removeLog(p, held.log);
  leave(p, ended, request.onAbandoned, reportEnd(p, request, ended));
  return p.finish();
}

/** The network of another container, behind all else that the keeper is given. */
function joinedDescriptor(last: number): number {
  return smallInitSources(last).program + 1;
}

interface Making {
  clocks: OwnClocks | undefined;
  expected: Expected;
  process: ToolProcess;
  ended: Data;
  pidfd: Data;
  pidFile: PidFile | undefined;
  failed: Label;
  told: Label;
}

/** Has the tool make the container; goes on when its first process is about to execute the program. */
function make(
  p: ProgramBuilder,
  request: RenderRequest,
  host: HostView,
  tool: Tool,
  { clocks, expected, process, ended, pidfd, pidFile, failed, told }: Making,
): Family {
  const { container, detached } = request;
  const { terminal, monitor, network } = container;
  const { maskedPaths: masked } = container.security;
  const { patience } = tool;
  const console = terminal.tty ? openConsole(p, tool.directory) : undefined;
  clocks?.make();
  const leaveNetwork =
    network.mode === 'container'
      ? enterNetworkNamespace(p, joinedDescriptor(lastDescriptor(detached !== undefined)))
      : undefined;
  // The last container of others that ends takes away what is above its groups, also while a tool makes some there: not
  // where these are there.
  for (const { path } of host.cgroups.groups) makeGroup(p, host.cgroups.parents, path);
  forkTool(p, tool, tool.make, process, failed, inheritedOf(expected));
  leaveNetwork?.();
  for (const stream of [0, 1, 2]) p.attempt('leave the streams to the container', 'close', stream);
  const theirs: Argument = { load: 32, from: expected.socket, at: 4 };
  p.attempt('leave its end of the socket to it', 'close', theirs);
  awaitEnd(p, tool.make, process, tool.make.patience ?? patience, ended);
  clocks?.leave();
  const { userNamespace: maps } = container.security;
  if (maps) keepGroups(p, host.cgroups.groups);
  const { uid, gid } = request.identity;
  const identity = { uid: hostId(maps?.uids ?? [], uid) ?? uid, gid: hostId(maps?.gids ?? [], gid) ?? gid };
  const child = meetEntry(p, expected, pidfd, { patience, ended, told, identity });
  forgetTool(p, process);
  const master = console && receiveConsole(p, console, { patience, ended });
  const domainName = maps && network.domainName;
  forkFinisher(p, { init: { load: 32, from: pidfd, at: 0 }, masked, domainName }, process, failed);
  awaitTool(p, { words: FINISH }, process, patience, ended);
  connect(p, request, { pid: child, pidfd });
  writePidFile(p, pidFile, { load: 32, from: pidfd, at: 0 });
  admitEntry(p, expected, { patience, ended, told });
  return {
    child,
    pidfd,
    errors: expected.socket,
    smallInit: monitor.init ? { ...expected.sources, signal: { result: expected.signal } } : undefined,
    isAdmitted: true,
    terminal: master === undefined ? undefined : { master },
    cgroups: host.cgroups,
  };
}

/** In the order of entryDescriptors. */
function inheritedOf({ socket, signal, sources }: Expected): Argument[] {
  const { keeper, stage, program, stdin, stdout, stderr } = entryDescriptors;
  const inherited = new Map<number, Argument>([
    [program, sources.program],
    [keeper, { load: 32, from: socket, at: 4 }],
    [entryDescriptors.signal, { result: signal }],
    [stage, sources.stage],
    [stdin, 0],
    [stdout, 1],
    [stderr, 2],
  ]);
  return [...inherited].sort(([a], [b]) => a - b).map(([, source]) => source);
}

/** What the kernel counts of those whom it has killed; undefined where nothing does. */
function openOom(p: ProgramBuilder, { cgroups }: HostView): Entry | undefined {
  const group = cgroups.groups.find(({ oom }) => oom !== undefined);
  if (group === undefined) return undefined;
  const path = `${group.path}/${group.oom}`;
  return p.attempt(`open ${path}`, 'openat', AT_FDCWD, p.string(path), O_RDONLY | O_CLOEXEC);
}
