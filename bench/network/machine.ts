import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** A network like that of a machine, which is there until `remove`: nothing of this one is touched in it. */
export interface Machine {
  file: string;
  /** The beginning of a command that is executed in it. */
  within: readonly [string, ...string[]];
  remove(): void;
}

/** `file` is made, and stands for it. */
export function newMachine(file: string): Machine {
  writeFileSync(file, '');
  execFileSync('unshare', [`--net=${file}`, 'ip', 'link', 'set', 'lo', 'up']);
  return {
    file,
    within: ['nsenter', `--net=${file}`],
    remove: () => void execFileSync('umount', [file]),
  };
}
