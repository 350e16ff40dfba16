import {
  O_NOFOLLOW,
  O_WRONLY,
  RESOLVE_BENEATH,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_XDEV,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Entry } from '../program/program.ts';
import type { ProgramView } from './input.ts';
import { close, openInRoot } from './mount-api.ts';

const resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;

/**
 * Asks the security modules for the program's profile and label from its execve on (apparmor(7), selinux(8)).
 * `proc` is the mount of /proc that init has just made: what an image calls so would swallow the words, and the
 * program would run without (CVE-2019-16884, CVE-2025-52881).
 */
export function confine(
  p: ProgramBuilder,
  proc: Entry,
  { apparmor, selinux }: ProgramView['confinement'],
): void {
  if (apparmor !== undefined) {
    const hints = {
      ENOENT: 'load the profile with apparmor_parser',
      EINVAL: 'use a host on which AppArmor is on',
    };
    write(
      p,
      proc,
      `confine the program by AppArmor profile "${apparmor}"`,
      'apparmor/exec',
      `exec ${apparmor}`,
      hints,
    );
  }
  if (selinux !== undefined) {
    const hints = {
      EINVAL: 'give it a label that the policy knows',
      EACCES: 'allow it in the policy of who starts sc',
    };
    write(p, proc, `give the program the SELinux label "${selinux}"`, 'exec', selinux, hints);
  }
}

function write(
  p: ProgramBuilder,
  proc: Entry,
  words: string,
  attribute: string,
  text: string,
  hints: Readonly<Record<string, string>>,
): void {
  const path = `self/attr/${attribute}`;
  const file = openInRoot(p, words, proc, path, { flags: O_WRONLY | O_NOFOLLOW, resolve, hints });
  const written = p.attempt(words, 'write', { result: file }, p.string(text), Buffer.byteLength(text));
  p.fail(words, { result: written }, hints);
  close(p, file);
}
