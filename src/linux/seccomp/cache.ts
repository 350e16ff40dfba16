import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { instructionSize, maximumInstructions } from './compile.ts';

/** sha256 of the filter stands before it, so that a torn or rotten file is never loaded. */
const digestSize = 32;

/** Changes when the same profile compiles to another filter; without it, an old cache would outlive a fix. */
const version = '2';

/** The file name of a filter: `parts` are all that decides over its bytes. */
export function cacheKey(...parts: readonly string[]): string {
  return sha256([version, ...parts].join('\0')).toString('hex');
}

/**
 * The cached filter, or undefined where there is none that can be trusted: the directory has to be ours
 * and closed to others, the file whole.
 */
export function readCached(directory: string, key: string): Buffer | undefined {
  try {
    if (!isPrivate(directory)) return undefined;
    const content = readFileSync(join(directory, key));
    const filter = content.subarray(digestSize);
    return isWhole(filter) && sha256(filter).equals(content.subarray(0, digestSize)) ? filter : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Keeps a filter for the next start. A cache that cannot be written costs time and nothing else.
 * No temporary file is renamed into place: one that is read half-written fails its digest and is compiled
 * again, and a kill in the middle leaves no other file behind.
 */
export function writeCached(directory: string, key: string, filter: Buffer): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (!isPrivate(directory)) return;
    writeFileSync(join(directory, key), Buffer.concat([sha256(filter), filter]), { mode: 0o600 });
  } catch {
    // A full or read-only disk: the next start compiles again.
  }
}

/** Whether a directory is ours and closed to others. */
export function isPrivate(directory: string): boolean {
  const status = lstatSync(directory, { throwIfNoEntry: false });
  if (!status?.isDirectory()) return false;
  return status.uid === process.geteuid?.() && (status.mode & 0o077) === 0;
}

function isWhole(filter: Buffer): boolean {
  const instructions = filter.length / instructionSize;
  return Number.isInteger(instructions) && instructions > 0 && instructions <= maximumInstructions;
}

function sha256(bytes: Buffer | string): Buffer {
  return createHash('sha256').update(bytes).digest();
}
