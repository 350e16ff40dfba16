import { ScError } from '../../errors/error.ts';
import { holding, namesIn, openBeneath, openDirectoryAt, statAt } from '../../linux/directory.ts';
import { isOpaque, isWhiteout, joinNames, openMergedNames, splitPath } from '../../linux/merged-layers.ts';
import { layerLimits } from './limits.ts';
import { type LayerChange, packChanges } from './pack.ts';

/**
 * Packs what overlay would show of these open directories, topmost first, as one flat tar: nothing is mounted for it.
 * Errors are those of `packChanges`.
 */
export function packMerged(roots: readonly number[]): AsyncGenerator<Buffer> {
  const open = (path: Buffer): number => {
    const entry = openMergedNames(roots, splitPath(path));
    if (entry !== undefined) return entry;
    throw new ScError('SC_SYSTEM_CALL', 'it has gone meanwhile', { errno: 'ENOENT' });
  };
  // As much as all of the layers may have.
  const limits = { ...layerLimits, bytes: layerLimits.bytes * roots.length };
  return packChanges({ list: mergedPaths(roots), open }, limits);
}

/** A directory, and those of the roots that show through in it, topmost first. */
interface Directory {
  names: readonly string[];
  shown: readonly number[];
}

interface Shown {
  isDirectory: boolean;
  shown: number[];
  /** Nothing of the roots below counts any more. */
  isClosed: boolean;
}

function* mergedPaths(roots: readonly number[]): Generator<LayerChange> {
  const waiting: Directory[] = [{ names: [], shown: roots }];
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    const { names } = directory;
    yield added(names);
    for (const [name, { isDirectory, shown }] of entriesIn(directory)) {
      if (isDirectory) waiting.push({ names: [...names, name], shown });
      else if (shown.length > 0) yield added([...names, name]);
    }
  }
}

function added(names: readonly string[]): LayerChange {
  return { kind: 'added', path: Buffer.from(`/${names.join('/')}`, 'latin1') };
}

/** What is in a directory, by names whose code units are bytes; what is whited out is shown by no root. */
function entriesIn({ names, shown }: Directory): Map<string, Shown> {
  const entries = new Map<string, Shown>();
  for (const root of shown)
    holding(openBeneath(root, joinNames(names)), (directory) => {
      for (const name of namesIn(directory)) addEntry(entries, directory, name, root);
    });
  return entries;
}

function addEntry(entries: Map<string, Shown>, directory: number, name: Buffer, root: number): void {
  const key = name.toString('latin1');
  const known = entries.get(key);
  const stats = known?.isClosed ? undefined : statAt(directory, name);
  if (stats === undefined) return;
  if (!stats.isDirectory()) {
    if (known !== undefined) known.isClosed = true;
    else entries.set(key, { isDirectory: false, shown: isWhiteout(stats) ? [] : [root], isClosed: true });
    return;
  }
  const isClosed = holding(openDirectoryAt(directory, name), isOpaque);
  entries.set(key, { isDirectory: true, shown: [...(known?.shown ?? []), root], isClosed });
}
