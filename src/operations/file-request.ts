import { dirname } from 'node:path';
import { loadFile } from '../document/load.ts';
import type { SourceDocument } from '../document/source-document.ts';
import { absolutePath, type Caller } from './caller.ts';

/** A container file that somebody asks about. */
export interface FileRequest {
  /** As it was named, relative to the working directory of the caller. */
  file: string;
  /** Variables that go before those of the environment. */
  set: { readonly [name: string]: string };
}

/** Reads and checks a file. Relative paths in it count from `directory`. Errors are those of `loadFile`. */
export async function readFileRequest(
  { file, set }: FileRequest,
  caller: Caller,
): Promise<{ documents: SourceDocument[]; directory: string }> {
  const documents = await loadFile(file, { environment: caller.environment, set });
  return { documents, directory: dirname(absolutePath(file, caller)) };
}
