import {
  AT_FDCWD,
  AT_REMOVEDIR,
  CLONE_NEWNET,
  CLONE_NEWNS,
  MS_BIND,
  MS_REC,
  MS_SLAVE,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../../native/program/builder.ts';
import { dieWithKeeper } from '../../native/render/die-with-keeper.ts';
import { mountPlace } from '../../tool/render/place.ts';
import { MESSAGES, type Tool } from '../../tool/tool.ts';
import { LOCKS } from '../layout.ts';

/**
 * In the process that is about to execute lxc-start: it goes with the keeper, and its locks with it. They are no use to
 * anybody else, and files of them would stay. Where the network of the container is somebody else's, lxc-start is
 * handed it, and is in none that anybody is in.
 */
export function prepareLxcStart(p: ProgramBuilder, sharesNetwork: boolean): void {
  dieWithKeeper(p);
  // Every root in its network may give it orders (its socket is an abstract one): a container is not to be there.
  if (sharesNetwork) p.call('have a network that nobody else is in', 'unshare', CLONE_NEWNET);
  p.call('take a view of the mounts', 'unshare', CLONE_NEWNS);
  p.call('let it follow that of the host', 'mount', 0, p.string('/'), 0, MS_REC | MS_SLAVE, 0);
  // In a pid namespace of its own lxc unmounts the /proc that it finds, and mounts another by a path of /proc.
  const proc = p.string('/proc');
  p.call('mount /proc once more', 'mount', proc, proc, 0, MS_BIND, 0);
  mountPlace(p, LOCKS);
}

/** Removes what was made for lxc-start. */
export function removeDirectory(p: ProgramBuilder, { directory, files }: Tool): void {
  const words = 'remove the directory of lxc-start';
  for (const name of [...files, MESSAGES])
    p.attempt(words, 'unlinkat', AT_FDCWD, p.string(`${directory}/${name}`), 0);
  p.attempt(words, 'unlinkat', AT_FDCWD, p.string(directory), AT_REMOVEDIR);
}
