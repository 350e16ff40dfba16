import { execFileSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { readHostCgroups } from '../../src/linux/cgroup/hierarchy.ts';
import { isErrno } from '../../src/linux/descriptor.ts';

/** The control groups of every party are below groups with this at the front of their names. */
export const cgroupPrefix = 'sc-bench';

export interface Workshop {
  directory: string;
  /** With `/true`, `/pause` and the directories that are mounted on, nothing else. */
  rootfs: string;
  /** Programs compiled from the C sources beside this file. */
  limit: string;
  spawn: string;
  remove(): void;
}

/** A directory with all that the parties share. */
export function makeWorkshop(): Workshop {
  const directory = mkdtempSync(join(tmpdir(), 'sc-bench-'));
  const rootfs = join(directory, 'rootfs');
  for (const name of ['proc', 'dev', 'sys', 'etc', 'tmp']) mkdirSync(join(rootfs, name), { recursive: true });
  const compile = (name: string, ...flags: string[]) => {
    const source = join(import.meta.dirname, `${name}.c`);
    const program = join(directory, basename(name));
    execFileSync('gcc', ['-O2', '-Wall', '-Wextra', ...flags, '-o', program, source]);
    return program;
  };
  copyFileSync(compile('true', '-static', '-nostdlib'), join(rootfs, 'true'));
  copyFileSync(compile('../lifecycle/pause', '-static', '-nostdlib'), join(rootfs, 'pause'));
  return {
    directory,
    rootfs,
    limit: compile('limit', '-static'),
    spawn: compile('spawn'),
    remove: () => {
      removeCgroups();
      removeLocks(directory);
      rmSync(directory, { recursive: true });
    },
  };
}

/** runc and lxc leave theirs, and lxc those of each of its containers too. */
function removeCgroups(): void {
  for (const { path } of readHostCgroups().hierarchies) {
    const groups = globSync(`${path}/${cgroupPrefix}*{,/**/}`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name));
    // Those below first.
    for (const group of groups.toSorted((one, other) => other.length - one.length)) rmdirSync(group);
  }
}

/** lxc locks below its own directory of /run, named after where its containers are; crun makes one in vain. */
function removeLocks(directory: string): void {
  const locks = join('/run/lxc/lock', directory);
  rmSync(locks, { recursive: true, force: true });
  for (const path of [dirname(locks), '/run/lxc/lock', '/run/lxc', '/run/crun']) removeIfEmpty(path);
}

function removeIfEmpty(path: string): void {
  // Something is mounted there by a host that only looks like one of its own.
  const mayStay = ['ENOENT', 'ENOTEMPTY', 'EBUSY'];
  try {
    rmdirSync(path);
  } catch (error) {
    if (!mayStay.some((code) => isErrno(error, code))) throw error;
  }
}
