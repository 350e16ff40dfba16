import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeGroup } from '../../linux/cgroup/remove.ts';
import { isErrno } from '../../linux/descriptor.ts';

const NOTE = 'groups';

/** Milliseconds for the last process of a group to go. */
const PATIENCE = 5000;

/** Absolute paths. */
interface Noted {
  group: string;
  /** Outermost first. */
  parents: string[];
}

/**
 * Notes control groups that a container gets while it runs, in its directory, before they are made: its keeper
 * does not know of them.
 */
export function noteAddedGroups(directory: string, groups: readonly Noted[]): void {
  const all = [...notedGroups(directory), ...groups];
  writeFileSync(join(directory, NOTE), JSON.stringify(all), { mode: 0o600 });
}

/** Removes those of a container that has ended, and their parents where nothing else is in them. */
export async function removeAddedGroups(directory: string): Promise<void> {
  const groups = notedGroups(directory);
  if (groups.length === 0) return;
  const deadline = performance.now() + PATIENCE;
  for (const { group, parents } of groups) {
    while (!removeGroup(group) && performance.now() < deadline) await sleep(5);
    for (const parent of parents.toReversed()) removeGroup(parent);
  }
  unlinkSync(join(directory, NOTE));
}

function notedGroups(directory: string): Noted[] {
  try {
    return JSON.parse(readFileSync(join(directory, NOTE), 'utf8')) as Noted[];
  } catch (error) {
    // A note that is torn was of groups that were never made.
    if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return [];
    throw error;
  }
}
