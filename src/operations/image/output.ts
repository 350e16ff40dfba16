import { closeSync, constants, openSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { ScError } from '../../errors/error.ts';
import { during, failure } from '../../errors/reason.ts';
import { syncDirectory } from '../../linux/atomic-file.ts';
import { O_CLOEXEC, O_DIRECTORY, O_PATH } from '../../linux/constants.ts';
import { absolutePath, type Caller } from '../caller.ts';
import { NewFile } from '../copy/new-file.ts';
import { UnfinishedNames } from '../copy/unfinished.ts';
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
  const naming = `${action} to "${output}"`;
  try {
    return { path, bytes: await during('SC_STORAGE_FAILED', naming, () => writeFile(path, chunks)) };
  } catch (error) {
    const isUnnamed = error instanceof ScError && error.code === 'SC_SYSTEM_CALL';
    throw isUnnamed ? failure('SC_STORAGE_FAILED', naming, error) : error;
  }
}

async function writeFile(path: string, chunks: AsyncIterable<Buffer>): Promise<number> {
  // A device or a FIFO stays what it is.
  const isPlain = statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
  if (!isPlain) return writeInto(path, chunks);
  const directory = openSync(dirname(path), O_PATH | O_DIRECTORY | O_CLOEXEC);
  try {
    const names = new UnfinishedNames();
    const file = new NewFile({ directory, name: Buffer.from(basename(path)), names }, {});
    const bytes = await fill(file, chunks);
    file.finish({ isSynced: true });
    syncDirectory(dirname(path));
    return bytes;
  } finally {
    closeSync(directory);
  }
}

async function fill(file: NewFile, chunks: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      file.write(chunk, bytes);
      bytes += chunk.length;
    }
    return bytes;
  } catch (error) {
    file.close();
    throw error;
  }
}

async function writeInto(path: string, chunks: AsyncIterable<Buffer>): Promise<number> {
  const descriptor = openSync(path, constants.O_WRONLY);
  try {
    return await copy(chunks, descriptor);
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
