import { basename } from 'node:path';
import { AT_FDCWD, O_CLOEXEC, O_RDONLY, PR_SET_CHILD_SUBREAPER, SIGKILL } from '../../../linux/constants.ts';
import type { ContainerSpec } from '../../../schema/container-spec.ts';
import { ProgramBuilder } from '../../native/program/builder.ts';
import type { Argument, Data, Entry, Label, Program } from '../../native/program/program.ts';
import {
  ENDED_SIZE,
  FAILED_SIZE,
  heldDescriptors,
  keeperDescriptors,
  lastDescriptor,
  MESSAGE_ENDED,
} from '../../native/protocol.ts';
import { limitGroup, makeGroup, removeCgroups } from '../../native/render/cgroups.ts';
import { deadlineOf } from '../../native/render/deadline.ts';
import { bindsOfKeeper, equipInit, equipWithBinds } from '../../native/render/equip.ts';
import type { Family } from '../../native/render/family.ts';
import { heldFor, letGo } from '../../native/render/held-ports.ts';
import { holdStreams } from '../../native/render/held-streams.ts';
import type { HostView, InitView, RenderRequest } from '../../native/render/input.ts';
import { reportEnd } from '../../native/render/keeper.ts';
import { makeSys } from '../../native/render/kernel-filesystems.ts';
import { removeLog } from '../../native/render/log-rotation.ts';
import { attachInit } from '../../native/render/network.ts';
import { enterNetworkNamespace, hasSysOfKeeper } from '../../native/render/network-namespace.ts';
import { type PidFile, pidFileOf, removePidFile, writePidFile } from '../../native/render/pid-file.ts';
import { leave, openRecordDirectory, type RecordPlace } from '../../native/render/record.ts';
import { secure } from '../../native/render/secure.ts';
import { prepareSmallInit } from '../../native/render/small-init-start.ts';
import { enterTimeNamespace } from '../../native/render/time-namespace.ts';
import { watch } from '../../native/render/watch.ts';
import { forkTool, killTool, noTool, type ToolProcess } from '../../tool/render/command.ts';
import { keepGroups } from '../../tool/render/keep-groups.ts';
import type { Tool } from '../../tool/tool.ts';
import { givenSources } from '../protocol.ts';
import { awaitInit, equipWithStreams, expectInit } from './birth.ts';
import { holdHook, openHook, recordLxcEnd } from './end.ts';
import { prepareLxcStart, removeDirectory } from './lxc-start.ts';

/** What lxc-start leaves of its control groups, with those of the container. */
export type LxcView = HostView & {
  left: Parameters<typeof removeCgroups>[1];
  /** Groups that lxc-start goes into at its end, one in each tree in which the container has one. */
  pivots: readonly string[];
};

/** The list of the keeper of a container that lxc-start makes: protocol.ts shows who says what when. */
export function renderLxcKeeper(request: RenderRequest, host: LxcView, tool: Tool): Program {
  const p = new ProgramBuilder();
  const [failed, cleanUp] = [p.label('the keeper fails'), p.label('clean up')];
  p.failTo(failed);

  const { container, detached } = request;
  const last = lastDescriptor(detached !== undefined);
  const given = givenSources(last, container).last;
  secure(p, given + heldFor(request));
  p.call('adopt whom lxc-start leaves behind', 'prctl', PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  const ended = p.space('record', ENDED_SIZE);
  p.store('begin the record of the end', ended, 0, MESSAGE_ENDED, 4);
  const pidfd = p.struct('pidfd', [-1, 4], [0, 4]);
  const process = noTool(p);
  const record: RecordPlace | undefined = detached
    ? { held: heldDescriptors.record }
    : openRecordDirectory(p, request);
  const { terminal, logging } = container;
  const isAttended = detached?.isAttended === true;
  const streams = { tty: terminal.tty, oneStream: logging.order === 'strict', isAttended };
  const held = detached && holdStreams(p, detached.log, streams);

  // lxc-start goes into these at its end, and finds what is above them with what that has to hand down.
  for (const path of host.pivots) makeGroup(p, host.cgroups.parents, path);
  const hook = openHook(p);
  const pidFile = pidFileOf(p, container);
  const family = make(p, request, host, tool, { process, hook, ended, pidfd, pidFile, failed });
  const oom = openOom(p, host);
  const deadline = deadlineOf(container);
  watch(p, family, ended, { ...(held && { held }), deadline, isReleasable: held !== undefined });
  recordLxcEnd(p, family, { process, hook, oom, ended, record });
  removeDirectory(p, tool);
  p.jump(cleanUp);

  // What lxc-start has said is left to sc, which reads it.
  p.place(failed);
  p.attempt('report the failure', 'write', keeperDescriptors.report, p.failure, FAILED_SIZE);
  p.attempt('kill what was started', 'pidfd_send_signal', { load: 32, from: pidfd, at: 0 }, SIGKILL, 0, 0);
  killTool(p, process);

  p.place(cleanUp);
  letGo(p, given, request);
  removePidFile(p, pidFile);
  removeCgroups(p, host.left);
  if (held?.log.target.isVolatile) removeLog(p, held.log);
  leave(p, ended, request.onAbandoned, reportEnd(p, request, ended));
  return p.finish();
}

interface Making {
  process: ToolProcess;
  hook: Data;
  ended: Data;
  pidfd: Data;
  pidFile: PidFile | undefined;
  failed: Label;
}

/** Has lxc-start make the container; goes on when init is there and has what it needs. */
function make(
  p: ProgramBuilder,
  request: RenderRequest,
  host: LxcView,
  tool: Tool,
  { process, hook, ended, pidfd, pidFile, failed }: Making,
): Family {
  const { container, detached, interfaces = [] } = request;
  const { stage, program, network } = givenSources(lastDescriptor(detached !== undefined), container);
  const errors = p.space('pipe', 8);
  const smallInit = container.monitor.init ? prepareSmallInit(p, errors, program) : undefined;
  if (!smallInit) p.call('make a pipe for errors', 'pipe2', errors, O_CLOEXEC);
  const channel = expectInit(p);
  const hookOfTool: Argument = { load: 32, from: hook, at: 0 };

  const { mode } = container.network;
  const shared = mode === 'host' ? [holdOwnNetwork(p)] : mode === 'container' ? [network] : [];
  const inherited = [program, stage, channel.child, hookOfTool, ...shared];
  const leaveTimeNamespace = container.clocks && enterTimeNamespace(p, container.clocks);
  forkTool(p, tool, tool.make, process, failed, inherited, () => prepareLxcStart(p, shared.length > 0));
  leaveTimeNamespace?.();
  const kept: Argument[] = [hookOfTool, stage, network];
  for (const descriptor of inherited.filter((each) => !kept.includes(each)))
    p.attempt('leave it to lxc-start', 'close', descriptor);
  let sys: Entry | undefined;
  if (hasSysOfKeeper(container)) sys = makeSysOf(p, mode, network);
  else if (mode === 'container') p.attempt('leave it to lxc-start', 'close', network);

  const child = awaitInit(p, channel, pidfd, { patience: tool.patience, ended, process });
  holdHook(p, hook);
  writePidFile(p, pidFile, { load: 32, from: pidfd, at: 0 });
  // Of the container's files it is none, which its root could let be executed (CVE-2019-5736).
  p.call('let nobody execute its file again', 'fchmod', stage, 0);
  p.call('leave it to init', 'close', stage);
  // Those of v2 beside trees of v1 are passed over by lxc without a word.
  for (const group of host.cgroups.groups) limitGroup(p, group);
  equipWithStreams(p, channel, errors, { smallInit, sys });
  const gone = p.label('init fails before it has mounts');
  const { userNamespace: maps } = container.security;
  if (maps) {
    keepGroups(
      p,
      host.left.groups.filter(({ path }) => basename(path) === container.id),
    );
    const born = { pid: child, ofTool: host };
    equipInit(p, request, host, channel, maps, born, { gone, failed });
  } else if (bindsOfKeeper(request).length > 0) equipWithBinds(p, request, channel, { gone, failed });
  if (interfaces.length > 0) attachInit(p, interfaces, { pid: child, pidfd, channel }, gone);
  p.place(gone);
  return {
    child,
    pidfd,
    errors,
    smallInit,
    terminal: container.terminal.tty ? channel : undefined,
    cgroups: host.cgroups,
  };
}

/** /sys with the interfaces of a network that is not the container's own. */
function makeSysOf(p: ProgramBuilder, mode: ContainerSpec['network']['mode'], network: number): Entry {
  if (mode === 'host') return makeSys(p);
  const leave = enterNetworkNamespace(p, network);
  const sys = makeSys(p);
  leave();
  return sys;
}

/** Of the host, as the keeper is in it. */
function holdOwnNetwork(p: ProgramBuilder): Argument {
  const flags = O_RDONLY | O_CLOEXEC;
  return {
    result: p.call('hold the network of the host', 'openat', AT_FDCWD, p.string('/proc/self/ns/net'), flags),
  };
}

/** What the kernel counts of those whom it has killed; undefined where nothing does. */
function openOom(p: ProgramBuilder, { cgroups }: InitView): Entry | undefined {
  const group = cgroups.groups.find(({ oom }) => oom !== undefined);
  if (group === undefined) return undefined;
  const path = `${group.path}/${group.oom}`;
  return p.call(`open ${path}`, 'openat', AT_FDCWD, p.string(path), O_RDONLY | O_CLOEXEC);
}
