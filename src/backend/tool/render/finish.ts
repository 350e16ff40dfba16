import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  CLONE_NEWNS,
  CLONE_NEWUTS,
  CLONE_PIDFD,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  O_CLOEXEC,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  SIGCHLD,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../../native/program/builder.ts';
import type { Argument, Label } from '../../native/program/program.ts';
import { FAILED_SIZE, keeperDescriptors } from '../../native/protocol.ts';
import { close, openInRoot, setAttributes } from '../../native/render/mount-api.ts';
import type { ToolProcess } from './command.ts';

/** For errors. */
export const FINISH = 'finish the mounts of the container';

const LOCKED = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
const FAILED = 125;

/** What must hold of mounts whatever a tool has made of them, with all that is mounted below; of the root not below. */
const places = [
  { path: '/', set: MOUNT_ATTR_NODEV, recursive: false },
  { path: '/proc', set: LOCKED, recursive: true },
  { path: '/sys', set: LOCKED, recursive: true },
] as const;

interface Unfinished {
  /** A pidfd. */
  init: Argument;
  masked: readonly string[];
  /** Where a tool could not set it: root of a user namespace of its own may not write the setting of the kernel. */
  domainName: string | undefined;
}

/**
 * Forks a process that enters the mount namespace of a container whose first process (`init`, a pidfd) waits, and takes
 * away what a tool has let through: crun takes nodev off the root, and all flags off what it makes read-only. Nothing
 * of the image has run yet.
 */
export function forkFinisher(
  p: ProgramBuilder,
  { init, masked, domainName }: Unfinished,
  process: ToolProcess,
  failed: Label,
): void {
  // struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls (clone3(2)).
  const fields = [CLONE_PIDFD, 0, 0, 0, SIGCHLD, 0, 0, 0].map((field) => [field, 8] as const);
  const clone = p.struct('no namespaces', ...fields);
  p.point(clone, 8, process.pidfd);
  const child = p.call(`fork to ${FINISH}`, 'clone3', clone, clone.size);
  const keeper = p.label('the keeper goes on');
  p.jump(keeper, 'not-equal', { result: child }, 0);

  const childFailed = p.label('the mounts cannot be finished');
  p.failTo(childFailed);
  p.call(`${FINISH}: enter them`, 'setns', init, CLONE_NEWNS);
  for (const { path, set, recursive } of places) {
    const words = `${FINISH}: "${path}"`;
    const flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    const place = p.call(words, 'openat', AT_FDCWD, p.string(path), flags);
    setAttributes(p, words, place, { set, recursive });
    close(p, place);
  }
  for (const path of masked) openMask(p, path);
  if (domainName !== undefined) {
    const words = 'set the domain name';
    p.call(words, 'setns', init, CLONE_NEWUTS);
    p.call(words, 'setdomainname', p.string(domainName), Buffer.byteLength(domainName));
  }
  p.attempt('end', 'exit_group', 0);
  p.place(childFailed);
  p.attempt('tell sc', 'write', keeperDescriptors.report, p.failure, FAILED_SIZE);
  p.attempt('end', 'exit_group', FAILED);

  p.place(keeper);
  p.failTo(failed);
}

/** Under the null device, which most masks are, a program reads nothing; without it what it may not. */
function openMask(p: ProgramBuilder, path: string): void {
  const words = `let ${path} be read, which is masked`;
  const mask = openInRoot(p, words, AT_FDCWD, path, { mayFail: true });
  // struct mount_attr: set, clear, propagation, user namespace (mount_setattr(2)).
  const changes = p.constant('clear(nodev)', [0, 8], [MOUNT_ATTR_NODEV, 8], [0, 8], [0, 8]);
  const args = [{ result: mask }, p.string(''), AT_EMPTY_PATH, changes, changes.size] as const;
  p.attempt(words, 'mount_setattr', ...args);
  close(p, mask);
}
