import { posix } from 'node:path';
import {
  AT_FDCWD,
  EAGAIN,
  EFBIG,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOCTTY,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_WRONLY,
} from '../../../linux/constants.ts';
import type { SecretSpec } from '../../../schema/container-spec.ts';
import { largestSecret } from '../../secret-source.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Entry } from '../program/program.ts';
import type { RenderRequest } from './input.ts';
import { attach, cloneMount, close, type Descriptor, makeReadOnly, newMount } from './mount-api.ts';
import { targetRefusal } from './mounts.ts';
import { openOrMake } from './path.ts';
import type { Take } from './user-namespace.ts';

/** Secrets without a target of their own stand here, and here only. */
const USUAL = '/run/secrets';

/** Directory of the filesystem in memory that becomes the usual place. */
const SHOWN = 'shown';

/** Numbers of users and groups as whoever makes the files sees them. */
interface Owners {
  uid: number;
  gid: number;
  /** Of the directories. */
  root: { uid: number; gid: number };
}

/**
 * A filesystem in memory with the secrets, read-only when it is filled. What they say goes from file to
 * file within the kernel: it is no part of this program, nor ever in the memory of a process of ours.
 */
export function makeSecrets(p: ProgramBuilder, secrets: readonly SecretSpec[], owners: Owners): Entry {
  const words = 'make a place for secrets';
  const mount = newMount(p, words, {
    type: 'tmpfs',
    options: [
      ['mode', '755'],
      ['uid', String(owners.root.uid)],
      ['gid', String(owners.root.gid)],
      ['size', String(secrets.length * largestSecret)],
    ],
    // Linux 6.4 and later; before that secrets can be swapped out.
    wishes: ['noswap'],
    attributes: MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
  });
  p.call(words, 'mkdirat', { result: mount }, p.string(SHOWN), 0o755);
  p.call(words, 'fchownat', { result: mount }, p.string(SHOWN), owners.root.uid, owners.root.gid, 0);
  for (const secret of secrets) fill(p, mount, secret, owners);
  makeReadOnly(p, words, mount);
  return mount;
}

function fill(p: ProgramBuilder, mount: Entry, secret: SecretSpec, { uid, gid }: Owners): void {
  const words = `read secret "${secret.name}" from "${secret.source}"`;
  const read = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const source = p.call(words, 'openat', AT_FDCWD, p.string(secret.source), read);
  const make = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  const file = p.call(words, 'openat', { result: mount }, p.string(placeOf(secret)), make, secret.mode);
  const copied = p.call(words, 'sendfile', { result: file }, { result: source }, 0, largestSecret + 1);
  const fits = p.label(`secret "${secret.name}" is not too large`);
  p.jump(fits, 'less', { result: copied }, largestSecret + 1);
  p.fail(words, -EFBIG, { EFBIG: `give a file of at most ${largestSecret} bytes` });
  p.place(fits);
  // All of it was copied, or it is not whole.
  const whole = p.label(`secret "${secret.name}" is whole`);
  const more = p.call(words, 'sendfile', { result: file }, { result: source }, 0, 1);
  p.jump(whole, 'equal', { result: more }, 0);
  p.fail(words, -EAGAIN, { EAGAIN: 'leave its source alone while the container starts' });
  p.place(whole);
  p.call(words, 'fchown', { result: file }, uid, gid);
  close(p, file);
  close(p, source);
}

/** The secrets of a container where they belong, if it has any. */
export function mountSecrets(
  p: ProgramBuilder,
  root: Descriptor,
  request: Pick<RenderRequest, 'container' | 'identity'>,
  take: Take,
  place = '/proc',
): void {
  const { secrets } = request.container.security;
  if (secrets.length === 0) return;
  const { uid, gid } = request.identity;
  const mount = take(() => makeSecrets(p, secrets, { uid, gid, root: { uid: 0, gid: 0 } }));
  attachSecrets(p, root, mount, secrets, place);
}

/**
 * Attaches secrets in the container. All of them stand on the host's own /proc first, which init needs no
 * more and which goes with the old root, or at another place: before Linux 6.15 only a mount that is attached can be
 * cloned.
 */
function attachSecrets(
  p: ProgramBuilder,
  root: Descriptor,
  mount: Argument,
  secrets: readonly SecretSpec[],
  place: string,
): void {
  const words = 'attach the secrets';
  const anchor = p.call(words, 'openat', AT_FDCWD, p.string(place), O_PATH | O_DIRECTORY | O_CLOEXEC);
  attach(p, words, mount, { result: anchor });
  close(p, anchor);
  const refuseUnfit = targetRefusal(p, root);
  const show = (label: string, place: string, path: string, kind: 'directory' | 'file') => {
    const source = p.call(label, 'openat', mount, p.string(place), O_PATH | O_CLOEXEC);
    const copy = cloneMount(p, label, { fd: { result: source } }, false);
    const target = openOrMake(p, label, root, path, kind);
    refuseUnfit(label, target);
    attach(p, label, copy, { result: target });
    for (const entry of [source, copy, target]) close(p, entry);
  };
  if (secrets.some(isUsual)) show(words, SHOWN, USUAL, 'directory');
  for (const secret of secrets.filter((secret) => !isUsual(secret)))
    show(`attach secret "${secret.name}"`, placeOf(secret), secret.target, 'file');
}

function isUsual({ target }: SecretSpec): boolean {
  return posix.dirname(target) === USUAL;
}

/** Where it is in the filesystem of the secrets; names are unique and none is SHOWN below it. */
function placeOf(secret: SecretSpec): string {
  return isUsual(secret) ? `${SHOWN}/${posix.basename(secret.target)}` : `own-${secret.name}`;
}
