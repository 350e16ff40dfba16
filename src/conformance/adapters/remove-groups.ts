import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readHostCgroups } from '../../linux/cgroup/hierarchy.ts';

/** Milliseconds in which the last processes of a runtime leave its groups. */
const PATIENCE = 5000;

const INTERVAL = 20;

/** Removes the control group above those of an attempt's containers, which is the adapter's own, from each hierarchy. */
export async function removeGroups(name: string): Promise<void> {
  const groups = readHostCgroups().hierarchies.map(({ path }) => join(path, name));
  for (const deadline = Date.now() + PATIENCE; ; await sleep(INTERVAL)) {
    for (const group of groups) removeGroup(group);
    if (!groups.some((group) => existsSync(group)) || Date.now() > deadline) return;
  }
}

function removeGroup(path: string): void {
  try {
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) removeGroup(join(path, entry.name));
    rmdirSync(path);
  } catch {
    // It was never made there, or somebody is in it.
  }
}
