import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../../linux/atomic-file.ts';
import { isPrivate } from '../../linux/seccomp/cache.ts';
import { callRuntime, type Runtime } from './runtime.ts';

interface Place {
  /** sc's directory; where it is not there yet nothing is kept. */
  root: string;
  /** Milliseconds in which the runtime has to answer. */
  patience: number;
}

/**
 * What a runtime answers to `features` or `--version`, nothing where it does not know that: asked once of each version
 * of its program, since a runtime in Go takes 7 ms to start. Throws SC_TIMEOUT where it does not answer.
 */
export async function answerOf(
  runtime: Runtime,
  question: 'features' | '--version',
  { root, patience }: Place,
): Promise<string> {
  const directory = join(root, 'cache', 'oci');
  const file = join(directory, keyOf(runtime.path, question));
  const known = readKept(directory, file);
  if (known !== undefined) return known;
  const text = (await callRuntime(runtime, [question], patience, true)) ?? '';
  if (existsSync(root)) keep(directory, file, text);
  return text;
}

/** Changes with the program: also with one that is put in its place, or written anew. */
function keyOf(path: string, question: string): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  return createHash('sha256')
    .update([path, dev, ino, size, mtimeNs, ctimeNs, question].join('\0'))
    .digest('hex');
}

function readKept(directory: string, file: string): string | undefined {
  try {
    return isPrivate(directory) ? readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

/** What cannot be kept costs time and nothing else. */
function keep(directory: string, file: string, text: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (isPrivate(directory)) replaceFile(file, text, { durable: false });
  } catch {}
}
