import {
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_PATH,
  O_WRONLY,
  S_IFREG,
} from '../../../linux/constants.ts';
import type { EtcFile } from '../../backend.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Entry } from '../program/program.ts';
import { argumentOf, attach, cloneMount, type Descriptor, makeReadOnly, openInRoot } from './mount-api.ts';

/**
 * Puts files of its own into the container's /etc, in memory and over what the image has there, so that
 * they are no part of what the container writes. They are made in `hidden`, a directory of a filesystem in
 * memory that something else is mounted on: no file of the host is given away, and no filesystem more is
 * made.
 *
 * Each is mounted on the very entry of /etc. A link there is not followed: where it leads to is the image's
 * choice, and often it is nothing (the stub of a resolver).
 */
export function mountEtcFiles(
  p: ProgramBuilder,
  root: Descriptor,
  hidden: Entry,
  files: readonly EtcFile[],
  readOnly: boolean,
): void {
  if (files.length === 0) return;
  p.attempt('make /etc where it is missing', 'mkdirat', argumentOf(root), p.string('etc'), 0o755);
  const etc = openInRoot(p, 'open /etc of the root filesystem', root, 'etc', {
    flags: O_PATH | O_DIRECTORY,
    hints: { ENOENT: DIRECTORY, ENOTDIR: DIRECTORY, ELOOP: DIRECTORY },
  });
  for (const { name, text } of files) {
    const words = `put /etc/${name}`;
    const make = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const file = p.call(words, 'openat', { result: hidden }, p.string(name), make, 0o644);
    if (text !== '') p.call(words, 'write', { result: file }, p.string(text), Buffer.byteLength(text));
    const mount = cloneMount(p, words, { fd: { result: file } }, false);
    if (readOnly) makeReadOnly(p, words, mount);
    const missing = `make /etc/${name} where it is missing`;
    p.attempt(missing, 'mknodat', { result: etc }, p.string(name), S_IFREG | 0o644, 0);
    const flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    const target = p.call(words, 'openat', { result: etc }, p.string(name), flags);
    attach(p, words, mount, { result: target }, { EINVAL: `make /etc/${name} of the image a file` });
  }
}

const DIRECTORY = 'make /etc of the image a directory';
