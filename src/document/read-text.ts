import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { ScError } from '../errors/error.ts';
import { errnoOf, reason } from '../errors/reason.ts';

/** Bytes of the largest file that is read. */
const maxBytes = 1024 * 1024;

/** Reads a text of the user's; `kind` is what it is, such as `container file`, and `path` where it is. Throws SC_BAD_FILE. */
export async function readText(file: string, kind: string, path = file): Promise<string> {
  const unreadable = (why: string, errno?: string, cause?: unknown): ScError =>
    new ScError('SC_BAD_FILE', `read ${kind} "${file}": ${why}`, {
      ...(errno !== undefined && { errno }),
      ...(cause !== undefined && { cause }),
    });
  const bytes = await readBytes(path, unreadable);
  if (bytes.length > maxBytes) throw unreadable(`it is larger than ${maxBytes} bytes`);
  if (bytes.includes(0)) throw unreadable('it is no text, a byte of it is 0');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable('it is no text in UTF-8');
  }
}

type Unreadable = (why: string, errno?: string, cause?: unknown) => ScError;

/** At most one byte more than may be, so that a file without end is no matter. */
async function readBytes(file: string, unreadable: Unreadable): Promise<Buffer> {
  try {
    const regular = readRegular(file);
    if (regular !== undefined) return regular;
    await using handle = await open(file);
    if ((await handle.stat()).isDirectory()) throw unreadable('it is a directory');
    const chunks: Buffer[] = [];
    for await (const chunk of handle.createReadStream({ end: maxBytes, autoClose: false }))
      chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof ScError) throw error;
    const errno = errnoOf(error);
    throw unreadable(errno === 'ENOENT' ? 'there is no such file' : reason(error), errno, error);
  }
}

/**
 * What nobody has to wait for is read at once: the threads that wait for others take longer to be made than most files to
 * be read. Undefined for what is no regular file.
 */
function readRegular(file: string): Buffer | undefined {
  if (!statSync(file).isFile()) return undefined;
  // Another may have come in its place.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(descriptor).isFile()) return undefined;
    const bytes = Buffer.allocUnsafe(maxBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(descriptor, bytes, length, bytes.length - length, null);
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}
