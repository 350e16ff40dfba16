import { readFileSync } from 'node:fs';
import { MNT_DETACH } from '../linux/constants.ts';
import { declare } from '../linux/libc.ts';

const umount2 = declare<[string, number]>('int umount2(const char *target, int flags)');

/** MNT_DETACH alone would follow a link in the last place. */
const UMOUNT_NOFOLLOW = 8;

/** Takes away what is mounted on a directory of the host. */
export function unmountAt(directory: string): void {
  for (const place of mountPoints()) if (place === directory) umount2(place, MNT_DETACH | UMOUNT_NOFOLLOW);
}

/** Takes away what is mounted on and below directories of the host, the last that was mounted first. */
export function unmountBelow(...directories: readonly string[]): void {
  for (const place of mountPoints().reverse())
    if (directories.some((directory) => `${place}/`.startsWith(`${directory}/`)))
      umount2(place, MNT_DETACH | UMOUNT_NOFOLLOW);
}

/** proc_pid_mountinfo(5): the fifth field, in which some characters are octal. */
function mountPoints(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, digits: string) =>
        String.fromCharCode(Number.parseInt(digits, 8)),
      ),
    );
}
