import { readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { readHostCgroups } from '../../linux/cgroup/hierarchy.ts';

/** Removes the control group above those of an attempt's containers, which is the adapter's own, from each hierarchy. */
export function removeGroups(name: string): void {
  for (const { path } of readHostCgroups().hierarchies) removeGroup(join(path, name));
}

function removeGroup(path: string): void {
  try {
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) removeGroup(join(path, entry.name));
    rmdirSync(path);
  } catch {
    // It was never made there.
  }
}
