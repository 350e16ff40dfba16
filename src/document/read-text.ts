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
