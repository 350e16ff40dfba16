import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { readText } from '../document/read-text.ts';
import { errnoOf } from '../errors/reason.ts';
import { invalid, translateCompose } from '../exchange/compose/translate.ts';
import { remarks } from '../exchange/report.ts';
import { writeDocuments } from '../exchange/write.ts';
import type { ImportComposeRequest, ImportComposeResult } from '../schema/operations/import-compose.ts';
import { absolutePath, type Caller } from './caller.ts';

/** Bytes of the largest file beside the compose file that is read. */
const MOST_BYTES = 1024 * 1024;

/**
 * A container file that says what a compose file says, and what of that cannot be carried over. Nothing is made. Throws
 * SC_BAD_FILE with all that is wrong in the compose file, and with `strict` for what cannot be carried over.
 */
export async function importCompose(
  { file, profiles = [], set = {}, strict = false }: ImportComposeRequest,
  caller: Caller,
): Promise<ImportComposeResult> {
  const path = absolutePath(file, caller);
  const text = await readText(path, 'compose file');
  const { documents, notes } = translateCompose(text, profiles, {
    file,
    directoryName: basename(dirname(path)),
    environment: { ...caller.environment, ...set },
    readFile: (name) => readBeside(dirname(path), name),
  });
  if (strict && notes.length > 0) throw invalid(file, notes, text);
  const comments = [`From ${basename(file)} by sc import compose.`, ...remarks(notes)];
  return {
    file,
    documents: documents.map(({ kind, metadata: { name } }) => ({ kind, name })),
    notes: [...notes],
    text: writeDocuments(documents, comments),
  };
}

/** Such as `.env`, or a file that a service extends; nothing where it is not there or no file. */
function readBeside(directory: string, name: string): string | undefined {
  const path = resolve(directory, name);
  try {
    const stat = statSync(path);
    return stat.isFile() && stat.size <= MOST_BYTES ? readFileSync(path, 'utf8') : undefined;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
