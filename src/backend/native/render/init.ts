import {
  AF_INET,
  CLONE_NEWCGROUP,
  CLOSE_RANGE_CLOEXEC,
  IFF_UP,
  MNT_DETACH,
  MS_PRIVATE,
  MS_REC,
  SIOCSIFFLAGS,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
} from '../../../linux/constants.ts';
import type { ContainerSpec } from '../../../schema/container-spec.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data, Entry } from '../program/program.ts';
import { keeperDescriptors, lastDescriptor, smallInitDescriptors } from '../protocol.ts';
import { joinCgroups } from './cgroups.ts';
import { awaitKeeper, type Channel, receiveDescriptors } from './channel.ts';
import { confine } from './confine.ts';
import { dieWithKeeper } from './die-with-keeper.ts';
import { dropPrivileges } from './drop.ts';
import { equipmentCount, supplyBinds } from './equip.ts';
import { mountEtcFiles } from './etc.ts';
import { executeProgram } from './execute.ts';
import type { HostView, InitView, RenderRequest } from './input.ts';
import { mountKernelFilesystems } from './kernel-filesystems.ts';
import { takeKeyring } from './keyring.ts';
import { setLimits } from './limits.ts';
import { makePathsReadOnly, maskPaths } from './masks.ts';
import { close, makeReadOnly } from './mount-api.ts';
import { mountDeclared } from './mounts.ts';
import { hasOwnNetwork } from './network-namespace.ts';
import { replaceNullStreams } from './null-streams.ts';
import { openOrMake } from './path.ts';
import { sayReady, unblockSignals } from './ready.ts';
import { mountRootfs, propagateRoot } from './rootfs.ts';
import { mountSecrets } from './secrets.ts';
import { becomeSmallInit, equipSmallInit, type SmallInit } from './small-init-start.ts';
import { writeSysctls } from './sysctls.ts';
import { takeTerminal, terminalShape } from './terminal.ts';
import { becomeRootInside, offerNamespaces, type Take } from './user-namespace.ts';
import { changeDirectory } from './working-directory.ts';

interface InitDescriptors {
  /** cgroup.procs of each of the container's control groups, open for writing. */
  cgroups: readonly Entry[];
  /** Write end of the pipe to the keeper, an i32 at offset 4. */
  errors: Data;
  /** Where it hands descriptors to the keeper and gets some, where there is need. */
  channel: Channel | undefined;
  /** What executes the program in its place. */
  smallInit: SmallInit | undefined;
  /** The mount of sysfs, which init is born with where its network is not its own. */
  sys: Entry | undefined;
}

/** What init does between its birth in new namespaces and the container's program. */
export function renderInit(
  p: ProgramBuilder,
  request: RenderRequest,
  host: HostView,
  descriptors: InitDescriptors,
): void {
  dieWithKeeper(p);
  leaveKeeper(p, descriptors, lastDescriptor(request.detached !== undefined));
  const { channel } = descriptors;
  if (channel && request.container.monitor.pidFile !== undefined)
    awaitKeeper(p, channel, 'wait until others know of it');
  enter(p, request.container, descriptors);
  becomeContainer(p, request, host, descriptors, supply(p, request, channel));
}

/**
 * The rest, whoever has made the namespaces and control groups that init is in: it makes the root filesystem and all
 * that stands in it, drops its rights and executes the program.
 */
export function becomeContainer(
  p: ProgramBuilder,
  request: RenderRequest,
  host: InitView,
  { errors, channel, smallInit, sys }: Omit<InitDescriptors, 'cgroups'>,
  take: Take,
): void {
  const { container } = request;
  const { root, all } = mountRootfs(p, request.rootfs.mounts, container.rootfs.readOnly, take);
  const filesystems = mountKernelFilesystems(
    p,
    root,
    host.cgroups.mounts,
    container.resources.shm,
    host.devices,
    take,
    sys,
  );
  replaceNullStreams(p, filesystems.dev, request.nullStreams ?? []);
  confine(p, filesystems.proc, host.confinement);
  mountEtcFiles(p, root, filesystems.hidden, request.etc, container.rootfs.readOnly);
  const takeBind = supplyBinds(p, request, channel, take);
  if (channel && request.interfaces?.length) awaitKeeper(p, channel, 'wait for the network');
  // Of interfaces too, which are there now.
  writeSysctls(p, filesystems.proc, container.security.sysctls);
  mountDeclared(p, root, request, host.sourceKind, takeBind);
  mountSecrets(p, root, request, take);
  if (container.terminal.tty && channel) {
    const shape = terminalShape(request);
    takeTerminal(p, channel, filesystems, shape, smallInit === undefined);
  }
  makePathsReadOnly(p, root, container.security.readOnlyPaths);
  maskPaths(p, root, filesystems.nothing, container.security.maskedPaths);
  // When all covers are on: a directory opened before would still be what lies below them.
  const { cwd } = container.process;
  const workingDirectory = openOrMake(p, `working directory "${cwd}"`, root, cwd, 'directory');
  if (container.rootfs.readOnly)
    for (const mount of all) makeReadOnly(p, 'make the root filesystem read-only', mount);

  pivot(p, root);
  propagateRoot(p, root, all, container.rootfs.propagation);
  changeDirectory(p, workingDirectory, cwd);
  setLimits(p, host);

  const { loadFilterLast } = dropPrivileges(p, request, host);
  p.call('set the umask', 'umask', container.process.umask);
  dieWithKeeper(p);
  if (smallInit) equipSmallInit(p, smallInit, { load: 32, from: errors, at: 4 });
  else unblockSignals(p);
  const first = smallInit ? smallInitDescriptors.signal + 1 : 3;
  p.call('close all other descriptors on exec', 'close_range', first, 0xffff_ffff, CLOSE_RANGE_CLOEXEC);
  loadFilterLast();
  if (smallInit) becomeSmallInit(p, smallInit, request.environment);
  else {
    sayReady(p, errors);
    executeProgram(p, container.process.args, request.environment);
  }
}

/** Closes the keeper's ends of all pipes, so that they break for those at the other ends when it dies. */
function leaveKeeper(p: ProgramBuilder, { errors, channel }: InitDescriptors, last: number): void {
  p.call('leave the pipes to sc to the keeper', 'close_range', keeperDescriptors.report, last, 0);
  p.call('and its end of the pipe', 'close', { load: 32, from: errors, at: 0 });
  if (channel) p.call('and of the socket', 'close', channel.parent);
}

function enter(p: ProgramBuilder, container: ContainerSpec, descriptors: InitDescriptors): void {
  keepMountsPrivate(p);
  // The keeper works for it while it goes on.
  if (container.security.userNamespace && descriptors.channel) offerNamespaces(p, descriptors.channel.child);
  p.call('lead a session', 'setsid');
  joinCgroups(p, descriptors.cgroups);
  // After joining, or the container would see its group as /../name (cgroup_namespaces(7)).
  p.call('unshare the cgroup namespace', 'unshare', CLONE_NEWCGROUP);
  nameAndConnect(p, container);
}

/** Whatever init mounts is not seen on the host. */
export function keepMountsPrivate(p: ProgramBuilder): void {
  p.hint(p.call('keep mounts private', 'mount', 0, p.string('/'), 0, MS_REC | MS_PRIVATE, 0), {
    EINVAL: 'give a chroot that sc runs in a root that is a mount (mount --rbind DIR DIR, before it)',
  });
}

/** What belongs to its new namespaces before anything is mounted. */
export function nameAndConnect(p: ProgramBuilder, container: ContainerSpec): void {
  const { hostname, domainName } = container.network;
  takeKeyring(p);
  p.call('make files with the modes that are asked for', 'umask', 0);
  p.call('set the hostname', 'sethostname', p.string(hostname), Buffer.byteLength(hostname));
  if (domainName !== undefined)
    p.call('set the domain name', 'setdomainname', p.string(domainName), Buffer.byteLength(domainName));
  if (hasOwnNetwork(container)) bringLoUp(p);
}

/** The network of somebody else is as that one has it. */
function bringLoUp(p: ProgramBuilder): void {
  const socket = p.call('bring lo up', 'socket', AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const request = Buffer.alloc(40);
  request.write('lo');
  request.writeUInt16LE(IFF_UP, 16);
  p.call('bring lo up', 'ioctl', { result: socket }, SIOCSIFFLAGS, p.bytes('{lo, IFF_UP}', request));
  close(p, socket);
}

/** In a user namespace of its own it waits here until it has maps and mounts. */
export function supply(p: ProgramBuilder, request: RenderRequest, channel: Channel | undefined): Take {
  if (request.container.security.userNamespace === undefined || channel === undefined)
    return (make) => ({ result: make() });
  const words = 'take the mounts from the keeper';
  const mounts = receiveDescriptors(p, words, channel.child, equipmentCount(request));
  becomeRootInside(p);
  dieWithKeeper(p);
  return () => mounts.shift() ?? -1;
}

/** Both roots on one directory, then the old one off: needs no directory to put it (pivot_root(2), NOTES). */
function pivot(p: ProgramBuilder, root: Argument): void {
  p.call('go to the root filesystem', 'fchdir', root);
  p.call('make it the root', 'pivot_root', p.string('.'), p.string('.'));
  p.call('detach the old root', 'umount2', p.string('.'), MNT_DETACH);
}
