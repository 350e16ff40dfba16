import {
  AT_FDCWD,
  ENOENT,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../../native/program/builder.ts';
import type { Entry } from '../../native/program/program.ts';
import { attach, newMount } from '../../native/render/mount-api.ts';

/**
 * Mounts a filesystem in memory, which everybody may enter and nobody but root may look into, on a directory of the
 * host's, in a mount namespace of the caller's own. The directory is made where it is missing, and stays.
 */
export function mountPlace(p: ProgramBuilder, path: string): Entry {
  const words = `mount tmpfs on ${path}`;
  const mount = newMount(p, words, {
    type: 'tmpfs',
    options: [['mode', '711']],
    attributes: MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
  });
  // Who else uses it may remove it meanwhile.
  const again = p.label(`make ${path}`);
  p.place(again);
  p.attempt(`make ${path} where it is missing`, 'mkdirat', AT_FDCWD, p.string(path), 0o755);
  const flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  const place = p.attempt(words, 'openat', AT_FDCWD, p.string(path), flags);
  p.jump(again, 'equal', { result: place }, -ENOENT);
  p.fail(words, { result: place });
  attach(p, words, mount, { result: place });
  return mount;
}
