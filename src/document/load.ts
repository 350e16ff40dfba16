import { open } from 'node:fs/promises';
import { ScError } from '../errors/error.ts';
import { InvalidFileError } from '../errors/problem.ts';
import { errnoOf, reason } from '../errors/reason.ts';
import type { ContainerFile } from '../schema/container-file.ts';
import { checkDocuments } from './checks.ts';
import { type ParsedDocument, parseYaml } from './parse-yaml.ts';
import type { Place } from './places.ts';
import { validateDocument } from './validate.ts';
import type { Variables } from './variables.ts';

/** Bytes of the largest container file that is read. */
const maxBytes = 1024 * 1024;

/** One document of a container file that fits the schemas and the checks. */
export interface SourceDocument {
  value: ContainerFile;
  file: string;
  /** Where the value at a path such as `process.args[0]` stands, or else what it would be in. */
  locate(path: string): Place;
}

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
  for (const document of documents) document.add(validateDocument(document));
  checkDocuments(documents);
  const all = [problems, ...documents.map((document) => document.problems)].flat();
  if (all.length > 0) {
    all.sort((left, right) => left.line - right.line || left.column - right.column);
    throw new InvalidFileError(file, all, text);
  }
  return documents.map((document) => sourceDocument(document, file));
}

function sourceDocument({ value, places }: ParsedDocument, file: string): SourceDocument {
  return { value: value as ContainerFile, file, locate: (path) => places.ofValue(path) };
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
