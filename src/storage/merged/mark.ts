import { lstatSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nap } from '../../linux/nap.ts';

/** In a snapshot: what was written to it has a later time of change. */
const MARK = 'made';

/**
 * Marks the end of the making of a snapshot. The time of change is the kernel's own, which no program can set, but
 * many changes of one tick of its clock have the same: so this waits for the next tick after the last of them, that
 * of the directory itself.
 */
export function makeMark(snapshot: string, root: string): void {
  const mark = join(snapshot, MARK);
  writeFileSync(mark, '', { mode: 0o600 });
  while (markedTime(snapshot) <= changeTime(root)) {
    nap();
    utimesSync(mark, 0, 0);
  }
}

export function markedTime(snapshot: string): bigint {
  return changeTime(join(snapshot, MARK));
}

function changeTime(path: string): bigint {
  return lstatSync(path, { bigint: true }).ctimeNs;
}
