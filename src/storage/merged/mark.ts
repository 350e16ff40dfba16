import { lstatSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** In a snapshot: what was written to it has a later time of change. */
const MARK = 'made';

const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * Marks the end of the making of a snapshot. The time of change is the kernel's own, which no program can set, but
 * many changes of one tick of its clock have the same: so this waits for the next tick after the last of them, that
 * of the directory itself.
 */
export function makeMark(snapshot: string, root: string): void {
  const mark = join(snapshot, MARK);
  writeFileSync(mark, '', { mode: 0o600 });
  while (markedTime(snapshot) <= changeTime(root)) {
    Atomics.wait(pause, 0, 0, 1);
    utimesSync(mark, 0, 0);
  }
}

export function markedTime(snapshot: string): bigint {
  return changeTime(join(snapshot, MARK));
}

function changeTime(path: string): bigint {
  return lstatSync(path, { bigint: true }).ctimeNs;
}
