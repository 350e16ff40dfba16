import { ScError } from '../../errors/error.ts';
import { namesIn } from '../../linux/directory.ts';
import { splitPath } from '../../linux/merged-layers.ts';
import { matchesPattern } from './pattern.ts';
import { resolvePath } from './resolve.ts';
import type { Root } from './root.ts';

/**
 * The paths in a root that fit a pattern, sorted by their bytes; a path that is there as it is written is itself. Links
 * of the root on the way are followed inside of it. None where nothing fits.
 */
export function expand(root: Root, pattern: Buffer): Buffer[] {
  if (isThere(root, pattern)) return [pattern];
  let paths: string[] = [''];
  for (const part of splitPath(pattern))
    paths = paths.flatMap((path) =>
      isPattern(part) ? namesThatFit(root, path, part).map((name) => `${path}/${name}`) : [`${path}/${part}`],
    );
  return paths
    .map((path) => Buffer.from(path, 'latin1'))
    .filter((path) => isThere(root, path))
    .sort(Buffer.compare);
}

export function isPattern(text: string): boolean {
  return /[*?[\\]/.test(text);
}

function namesThatFit(root: Root, directory: string, pattern: string): string[] {
  const names = inDirectory(root, Buffer.from(directory, 'latin1'))?.map((name) => name.toString('latin1'));
  // Who asks for all of them does not mean hidden ones, as in every shell.
  return (names ?? []).filter(
    (name) => (!name.startsWith('.') || pattern.startsWith('.')) && matchesPattern(name, pattern),
  );
}

function inDirectory(root: Root, path: Buffer): Buffer[] | undefined {
  return unlessMissing(() => {
    const found = resolvePath(root, path, { followLast: true });
    try {
      return found.name === undefined ? namesIn(found.trail.descriptor) : undefined;
    } finally {
      found.trail.close();
    }
  });
}

function isThere(root: Root, path: Buffer): boolean {
  const found = unlessMissing(() => resolvePath(root, path, { followLast: false }));
  found?.trail.close();
  return found?.isThere ?? false;
}

function unlessMissing<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch (error) {
    const isMissing = error instanceof ScError && (error.errno === 'ENOENT' || error.errno === 'ENOTDIR');
    if (isMissing) return undefined;
    throw error;
  }
}
