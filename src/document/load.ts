import { open } from 'node:fs/promises';
import { ScError } from '../errors/error.ts';
import { errnoOf, reason } from '../errors/reason.ts';
import { parseYaml } from './parse-yaml.ts';
import { checkedDocuments, type SourceDocument } from './source-document.ts';
import type { Variables } from './variables.ts';

/** Bytes of the largest container file that is read. */
const maxBytes = 1024 * 1024;

/**
 * Reads a container file. Throws SC_BAD_FILE where it cannot be read or is no text, and InvalidFileError
 * with all that is wrong in all of its documents.
 */
export async function loadFile(file: string, variables: Variables): Promise<SourceDocument[]> {
  return parseDocuments(await readText(file), file, variables);
}

/** Reads the text of a container file. Throws InvalidFileError with all that is wrong in all documents. */
export function parseDocuments(text: string, file: string, variables: Variables): SourceDocument[] {
  const { documents, problems } = parseYaml(text, file, variables);
  return checkedDocuments(documents, problems, { file, text });
}

async function readText(file: string): Promise<string> {
  const bytes = await readBytes(file);
  if (bytes.length > maxBytes) throw unreadable(file, `it is larger than ${maxBytes} bytes`);
  if (bytes.includes(0)) throw unreadable(file, 'it is no text, a byte of it is 0');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable(file, 'it is no text in UTF-8');
  }
}

/** At most one byte more than may be, so that a file without end is no matter. */
async function readBytes(file: string): Promise<Buffer> {
  try {
    await using handle = await open(file);
    if ((await handle.stat()).isDirectory()) throw unreadable(file, 'it is a directory');
    const chunks: Buffer[] = [];
    for await (const chunk of handle.createReadStream({ end: maxBytes, autoClose: false }))
      chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof ScError) throw error;
    const errno = errnoOf(error);
    throw unreadable(file, errno === 'ENOENT' ? 'there is no such file' : reason(error), errno, error);
  }
}

function unreadable(file: string, why: string, errno?: string, cause?: unknown): ScError {
  return new ScError('SC_BAD_FILE', `read container file "${file}": ${why}`, {
    ...(errno !== undefined && { errno }),
    ...(cause !== undefined && { cause }),
  });
}
