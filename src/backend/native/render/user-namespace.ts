import {
  AT_FDCWD,
  CLONE_NEWNS,
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
  O_RDONLY,
  O_WRONLY,
} from '../../../linux/constants.ts';
import { formatIdMap, hostId } from '../../../linux/id-maps.ts';
import type { IdMaps } from '../../../schema/container-spec.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Entry, Label } from '../program/program.ts';
import { setCapabilities } from './capabilities.ts';
import { receiveDescriptors, sendDescriptors } from './channel.ts';
import { close } from './mount-api.ts';

// A process that is born in a new user namespace is nobody there until somebody with rights on the host
// has written the maps, and can mount nothing that the host's rights are needed for. So init hands the
// keeper what it is known by, the keeper writes the maps and makes those mounts, and hands them to init.

/**
 * Where init has a mount from that takes the host's rights: it makes it itself, or it was handed the next
 * one by the keeper.
 */
export type Take = (make: () => Entry) => Argument;

/** What the keeper knows of init's namespaces: three descriptors. */
interface InitNamespaces {
  /** Its directory in the host's /proc. */
  self: Argument;
  user: Argument;
  mount: Argument;
}

const COUNT = 3;

/** In init: a process may always open its own, so that the keeper needs no CAP_SYS_PTRACE. */
export function offerNamespaces(p: ProgramBuilder, socket: Argument): void {
  const words = 'hand its namespaces to the keeper';
  const flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  const self = p.call(words, 'openat', AT_FDCWD, p.string('/proc/self'), flags);
  const open = (name: string) =>
    p.call(words, 'openat', { result: self }, p.string(`ns/${name}`), O_RDONLY | O_CLOEXEC);
  const all = [self, open('user'), open('mnt')];
  sendDescriptors(
    p,
    words,
    socket,
    all.map((result) => ({ result })),
  );
  for (const entry of all) close(p, entry);
}

/** In init, when it has maps: what it owns from now on is the container's. */
export function becomeRootInside(p: ProgramBuilder): void {
  p.call('become root of the user namespace', 'setresgid', 0, 0, 0);
  p.call('become root of the user namespace', 'setresuid', 0, 0, 0);
}

/** In the keeper, with the maps that it has to write, if nobody has. Goes on at `gone` where init has failed before. */
export function acceptNamespaces(
  p: ProgramBuilder,
  socket: Argument,
  maps: IdMaps | undefined,
  gone: Label,
): InitNamespaces {
  const words = 'take the namespaces of init';
  const [self = 0, user = 0, mount = 0] = receiveDescriptors(p, words, socket, COUNT, gone);
  if (maps) writeMaps(p, self, maps);
  return { self, user, mount };
}

function writeMaps(p: ProgramBuilder, self: Argument, { uids, gids }: IdMaps): void {
  for (const [name, ranges] of [
    ['uid_map', uids],
    ['gid_map', gids],
  ] as const) {
    const text = formatIdMap(ranges);
    const label = `map ${name.slice(0, 3)}s ${text.trimEnd().replaceAll('\n', ', ')}`;
    const file = p.call(label, 'openat', self, p.string(name), O_WRONLY | O_CLOEXEC);
    p.call(label, 'write', { result: file }, p.string(text), Buffer.byteLength(text));
    close(p, file);
  }
}

/**
 * Between the two calls files and mounts are made by the container's root, with the keeper's rights:
 * overlay keeps the credentials of who mounts it, and through a mapped layer only users of the map can
 * make anything.
 */
export function actAsRootInside(p: ProgramBuilder, maps: IdMaps, rights: bigint): () => void {
  const words = "make files as the container's root";
  p.call(words, 'setfsgid', hostId(maps.gids, 0) ?? 0);
  p.call(words, 'setfsuid', hostId(maps.uids, 0) ?? 0);
  // A change of the user from 0 to another takes those for files away (capabilities(7)).
  setCapabilities(p, rights);
  return () => {
    p.call('make files as root again', 'setfsuid', 0);
    p.call('make files as root again', 'setfsgid', 0);
  };
}

/** Between the two calls the keeper is in init's mount namespace, then again where it was. */
export function visitMountNamespace(p: ProgramBuilder, mount: Argument): () => void {
  const flags = O_RDONLY | O_CLOEXEC;
  const home = p.call('hold its own mounts', 'openat', AT_FDCWD, p.string('/proc/self/ns/mnt'), flags);
  const root = p.call(
    'hold its own root',
    'openat',
    AT_FDCWD,
    p.string('/'),
    O_PATH | O_DIRECTORY | O_CLOEXEC,
  );
  p.call('go to the mounts of init', 'setns', mount, CLONE_NEWNS);
  return () => {
    p.call('go back to its own mounts', 'setns', { result: home }, CLONE_NEWNS);
    // setns(2) leads to the root of the namespace, which is not that of a program in a chroot.
    p.call('go back to its own root', 'fchdir', { result: root });
    p.call('go back to its own root', 'chroot', p.string('.'));
    for (const entry of [home, root]) close(p, entry);
  };
}
