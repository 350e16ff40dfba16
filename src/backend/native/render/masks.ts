import { resolve } from 'node:path';
import { ScError } from '../../../errors/error.ts';
import {
  AT_FDCWD,
  ENOENT,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Entry } from '../program/program.ts';
import {
  attach,
  cloneMount,
  close,
  type Descriptor,
  makeReadOnly,
  newMount,
  openInRoot,
} from './mount-api.ts';
import { rootRefusal } from './root-refusal.ts';

/**
 * Hides paths: a directory below an empty read-only one, anything else below the null device. That device
 * is the node made in our own /dev before anything could stand on it, not what the image or a mount calls
 * so (CVE-2025-31133).
 */
export function maskPaths(
  p: ProgramBuilder,
  root: Descriptor,
  nothing: Entry,
  paths: readonly string[],
): void {
  if (paths.length === 0) return;
  refuseRoot('mask', paths);
  const empty = mountEmpty(p);
  const refuseLink = linkRefusal(p, root, paths);
  for (const path of paths) mask(p, root, path, empty, nothing, refuseLink);
}

/**
 * Below the host's own /proc, which init needs no more and which goes with the old root: before Linux 6.15
 * only a mount that is attached can be cloned.
 */
function mountEmpty(p: ProgramBuilder): Entry {
  const words = 'make an empty directory for masks';
  const empty = newMount(p, words, {
    type: 'tmpfs',
    options: [
      ['mode', '755'],
      ['nr_inodes', '1'],
    ],
    attributes: MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY,
  });
  const place = p.call(words, 'openat', AT_FDCWD, p.string('/proc'), O_PATH | O_DIRECTORY | O_CLOEXEC);
  attach(p, words, empty, { result: place });
  close(p, place);
  return empty;
}

function mask(
  p: ProgramBuilder,
  root: Descriptor,
  path: string,
  empty: Entry,
  nothing: Entry,
  refuseLink: Refusal,
): void {
  const words = `mask ${path}`;
  const file = p.label(`${path} is no directory`);
  const done = p.label(`${path} is masked`);

  const directory = openInRoot(p, words, root, path, { flags: O_PATH | O_DIRECTORY, mayFail: true });
  p.jump(done, 'equal', { result: directory }, -ENOENT);
  p.jump(file, 'less', { result: directory }, 0);
  refuseLink(path, words, directory);
  cover(p, words, empty, directory);
  p.jump(done);

  p.place(file);
  cover(p, words, nothing, openInRoot(p, words, root, path));
  p.place(done);
}

function cover(p: ProgramBuilder, words: string, by: Entry, target: Entry): void {
  const copy = cloneMount(p, words, { fd: { result: by } }, false);
  attach(p, words, copy, { result: target });
  close(p, copy);
  close(p, target);
}

/** Makes what stands at these paths read-only, where there is something. */
export function makePathsReadOnly(p: ProgramBuilder, root: Descriptor, paths: readonly string[]): void {
  refuseRoot('make read-only', paths);
  const refuseLink = linkRefusal(p, root, paths);
  for (const path of paths) {
    const words = `make ${path} read-only`;
    const done = p.label(`${path} is read-only`);
    const target = openInRoot(p, words, root, path, { mayFail: true });
    p.jump(done, 'equal', { result: target }, -ENOENT);
    p.fail(words, { result: target });
    refuseLink(path, words, target);
    const copy = cloneMount(p, words, { fd: { result: target } });
    makeReadOnly(p, words, copy, true);
    attach(p, words, copy, { result: target });
    close(p, copy);
    close(p, target);
    p.place(done);
  }
}

type Refusal = (path: string, words: string, place: Entry) => void;

/** In the kernel's own filesystems no link leads to the root. */
function linkRefusal(p: ProgramBuilder, root: Descriptor, paths: readonly string[]): Refusal {
  const isOfImage = (path: string) => !/^\/(proc|sys)\//.test(path);
  if (!paths.some(isOfImage)) return () => {};
  const refuse = rootRefusal(p, root);
  return (path, words, place) => {
    if (isOfImage(path)) refuse(words, place);
  };
}

/** What is mounted over the root is below it for who has it as a root already: it would cover nothing. */
function refuseRoot(action: string, paths: readonly string[]): void {
  const path = paths.find((path) => resolve('/', path) === '/');
  if (path === undefined) return;
  throw new ScError('SC_START_FAILED', `${action} "${path}": it is the root itself`, {
    hint: 'use rootfs.readOnly, which makes all of the root filesystem read-only',
  });
}
