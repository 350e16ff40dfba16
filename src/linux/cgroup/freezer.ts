import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScError } from '../../errors/error.ts';
import { isErrno } from '../descriptor.ts';
import type { LiveGroup } from './membership.ts';

/** Milliseconds between two looks. */
const LONGEST_PAUSE = 20;

/**
 * What is written into a group, and what it answers: whether it is asked to stand still, and whether all of
 * its processes do. A killed process leaves a group of v2 at once, one of v1 only when it goes on
 * (Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst).
 */
const files = {
  1: {
    state: 'freezer.state',
    still: 'FROZEN',
    moving: 'THAWED',
    isAsked: { file: 'freezer.self_freezing', pattern: /^1$/m },
    isStill: { file: 'freezer.state', pattern: /^FROZEN$/m },
  },
  2: {
    state: 'cgroup.freeze',
    still: '1',
    moving: '0',
    isAsked: { file: 'cgroup.freeze', pattern: /^1$/m },
    isStill: { file: 'cgroup.events', pattern: /^frozen 1$/m },
  },
} as const;

export type Freezer = Pick<LiveGroup, 'version' | 'path'>;

/** Of a container's groups the one by which it can be made to stand still. */
export function freezerOf(groups: readonly LiveGroup[]): LiveGroup | undefined {
  return (
    groups.find(({ version }) => version === 2) ??
    groups.find(({ controllers }) => controllers.includes('freezer'))
  );
}

/**
 * Makes all processes of a group stand still, and resolves when they do. Where that takes more than
 * `patience` milliseconds, all go on, and it throws SC_SYSTEM_CALL: one is in a call that does not end.
 */
export async function freeze(group: Freezer, patience: number): Promise<void> {
  const { state, still, isStill } = files[group.version];
  write(group, state, still);
  const deadline = performance.now() + patience;
  for (let pause = 1; !says(group, isStill); pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    if (performance.now() > deadline) {
      thaw(group);
      throw new ScError(
        'SC_SYSTEM_CALL',
        `freeze control group "${group.path}": not all of its processes stand still after ${patience / 1000} s`,
        {
          errno: 'EBUSY',
          hint: 'look for a process in state D, which waits for a disk or a server; all go on as before',
        },
      );
    }
    await sleep(pause);
  }
}

/** All processes of a group go on. No effect on those that do, nor where there is no such group. */
export function thaw(group: Freezer): void {
  const { state, moving } = files[group.version];
  try {
    write(group, state, moving);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** Whether a group was made to stand still, though maybe not each process does yet. */
export function isFrozen(group: Freezer): boolean {
  return says(group, files[group.version].isAsked);
}

/** A group that is gone says nothing. */
function says({ path }: Freezer, { file, pattern }: { file: string; pattern: RegExp }): boolean {
  try {
    return pattern.test(readFileSync(`${path}/${file}`, 'utf8'));
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return isErrno(error, 'ENOENT') || isErrno(error, 'ENODEV');
}

/** Without O_CREAT, to which control groups have answers of their own. */
function write({ path }: Freezer, file: string, value: string): void {
  writeFileSync(`${path}/${file}`, value, { flag: 'r+' });
}
