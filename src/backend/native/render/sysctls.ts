import {
  EINVAL,
  O_NOFOLLOW,
  O_WRONLY,
  RESOLVE_BENEATH,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
} from '../../../linux/constants.ts';
import { parseSysctl } from '../../../linux/sysctls.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Entry } from '../program/program.ts';
import { close, openInRoot } from './mount-api.ts';

const resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;

const elsewhere =
  'it may be one of the whole machine, or only with security.userNamespace: host (--userns host)';

const hints = {
  ENOENT: `look at sysctl -a for its name; ${elsewhere}`,
  EACCES: elsewhere,
  EPERM: elsewhere,
};

/**
 * Sets kernel settings of the container's namespaces, each by one write of its whole value. `proc` is the mount
 * of /proc that init has just made, so that nothing else can stand in its place, and no other filesystem on the
 * way (CVE-2025-52881).
 */
export function writeSysctls(
  p: ProgramBuilder,
  proc: Entry,
  sysctls: { readonly [name: string]: string },
): void {
  for (const [name, value] of Object.entries(sysctls)) {
    const words = `set ${name} to ${JSON.stringify(value)}`;
    const path = `sys/${parseSysctl(name).path}`;
    const file = openInRoot(p, words, proc, path, { flags: O_WRONLY | O_NOFOLLOW, resolve, hints });
    const size = Buffer.byteLength(value);
    const written = p.attempt(words, 'write', { result: file }, p.string(value), size);
    p.fail(words, { result: written }, { ...hints, EINVAL: 'give it a value that the kernel takes' });
    // The kernel takes the first of several numbers and answers how far it has read.
    const whole = p.label(`${name} is set`);
    p.jump(whole, 'equal', { result: written }, size);
    p.fail(words, -EINVAL, { EINVAL: 'give it a value of which the kernel takes all' });
    p.place(whole);
    close(p, file);
  }
}
