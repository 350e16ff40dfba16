import { lstatSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLock } from '../linux/flock.ts';
import { removeTree } from '../linux/remove-tree.ts';
import { isAbandoned } from '../linux/unfinished.ts';

const PREFIX = 'sc-plan-';

/** Milliseconds after which whoever has made a directory has locked it too. */
const LONGEST_BEGINNING = 60_000;

/**
 * Does something in a directory for temporary files that is gone afterwards. What those who were killed have left of
 * theirs goes first: an image may be in it.
 */
export async function inPassing<Result>(action: (directory: string) => Promise<Result>): Promise<Result> {
  await removeAbandoned();
  const directory = mkdtempSync(join(tmpdir(), PREFIX));
  const release = tryLock(directory);
  try {
    // The directory itself is locked, as that of a store is by who writes to it.
    const inner = join(directory, 'inner');
    mkdirSync(inner);
    return await action(inner);
  } finally {
    await removeTree(directory);
    release?.();
  }
}

/** As far as that goes: it is nothing that anybody has asked for. */
async function removeAbandoned(): Promise<void> {
  const places = readdirSync(tmpdir())
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => join(tmpdir(), name));
  for (const place of places)
    try {
      if (isOurs(place) && isAbandoned(place)) await removeTree(place);
    } catch {}
}

/** In a directory for everybody others may have made something of such a name. */
function isOurs(place: string): boolean {
  const stats = lstatSync(place);
  return (
    stats.isDirectory() && stats.uid === process.geteuid?.() && Date.now() - stats.mtimeMs > LONGEST_BEGINNING
  );
}
