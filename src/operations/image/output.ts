import { randomUUID } from 'node:crypto';
import { closeSync, constants, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ScError } from '../../errors/error.ts';
import { during } from '../../errors/reason.ts';
import { syncDirectory } from '../../linux/atomic-file.ts';
import { absolutePath, type Caller } from '../caller.ts';
import { writeAll } from '../write-all.ts';

/** Where something was written: an absolute path, or `-`. */
export interface Written {
  path: string;
  bytes: number;
}

/**
 * Writes bytes into a file (0600), which gets its name when it is whole and on the disk, or with `-` to the caller's
 * stdout; `action` is for errors. Throws SC_USAGE for a terminal.
 */
export async function writeOutput(
  output: string,
  chunks: AsyncIterable<Buffer>,
  action: string,
  caller: Caller,
): Promise<Written> {
  if (output === '-') {
    if (caller.stdout.terminal)
      throw new ScError('SC_USAGE', `${action} to stdout: it is a terminal`, {
        hint: 'name a file: --output FILE',
      });
    return { path: output, bytes: await copy(chunks, caller.stdout.descriptor) };
  }
  const path = absolutePath(output, caller);
  const bytes = await during('SC_STORAGE_FAILED', `${action} to "${output}"`, () => writeFile(path, chunks));
  return { path, bytes };
}

async function writeFile(path: string, chunks: AsyncIterable<Buffer>): Promise<number> {
  // A device or a FIFO stays what it is.
  const isPlain = statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
  if (!isPlain) return writeInto(path, constants.O_WRONLY, chunks, false);
  const unfinished = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    const { O_WRONLY, O_CREAT, O_EXCL } = constants;
    const bytes = await writeInto(unfinished, O_WRONLY | O_CREAT | O_EXCL, chunks, true);
    renameSync(unfinished, path);
    syncDirectory(dirname(path));
    return bytes;
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

async function writeInto(
  path: string,
  flags: number,
  chunks: AsyncIterable<Buffer>,
  durable: boolean,
): Promise<number> {
  const descriptor = openSync(path, flags, 0o600);
  try {
    const bytes = await copy(chunks, descriptor);
    if (durable) fsyncSync(descriptor);
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

async function copy(chunks: AsyncIterable<Buffer>, descriptor: number): Promise<number> {
  let bytes = 0;
  for await (const chunk of chunks) {
    await writeAll(descriptor, chunk);
    bytes += chunk.length;
  }
  return bytes;
}
