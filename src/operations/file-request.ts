import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadFile } from '../document/load.ts';
import type { SourceDocument } from '../document/source-document.ts';
import { ScError } from '../errors/error.ts';
import { absolutePath, type Caller } from './caller.ts';

/** Container files that somebody asks about. */
export interface FileRequest {
  /** As they were named, relative to the working directory of the caller; of a directory all that end in .yaml or .yml. */
  file: string | readonly string[];
  /** Variables that go before those of the environment. */
  set: { readonly [name: string]: string };
}

/** What is in the files of a request. */
export interface FilesRead {
  /** As they were named, with a comma between them. */
  name: string;
  documents: SourceDocument[];
  /** Absolute; relative paths in the files count from it. */
  directory: string;
  /** Absolute paths of the directories that were named. */
  directories: string[];
}

/** Reads and checks files. Errors are those of `loadFile`, and SC_USAGE for files of several directories. */
export async function readFileRequest({ file, set }: FileRequest, caller: Caller): Promise<FilesRead> {
  const named = typeof file === 'string' ? [file] : file;
  const directories: string[] = [];
  const files: string[] = [];
  for (const name of named) {
    const inside = filesOf(name, caller);
    if (inside !== undefined) directories.push(absolutePath(name, caller));
    files.push(...(inside ?? [name]));
  }
  const unique = [...new Map(files.map((name) => [absolutePath(name, caller), name])).values()];
  const [directory = caller.workingDirectory, ...others] = new Set(
    unique.map((name) => dirname(absolutePath(name, caller))),
  );
  if (others.length > 0)
    throw new ScError('SC_USAGE', `read files of "${directory}" and of "${others[0]}" as one`, {
      hint: 'relative paths count from the directory of the file: give files of one directory at a time',
    });
  const variables = { environment: caller.environment, set };
  const documents = await loadFile(unique, variables, (name) => absolutePath(name, caller));
  return { name: named.join(', '), documents, directory, directories };
}

/** Each Container that has replicas as so many containers. */
export function withReplicas(documents: readonly SourceDocument[]): SourceDocument[] {
  return documents.flatMap((document) => {
    const { value } = document;
    if (value.kind !== 'Container' || value.replicas === undefined) return [document];
    const { replicas, metadata, ...container } = value;
    return Array.from({ length: replicas }, (_, index) => ({
      ...document,
      value: { ...container, metadata: { ...metadata, name: `${metadata.name}-${index + 1}` } },
      replicaOf: metadata.name,
    }));
  });
}

/** The container files of a directory, in the order of their names; undefined for what is none. */
function filesOf(name: string, caller: Caller): string[] | undefined {
  const path = absolutePath(name, caller);
  if (!isDirectory(path)) return undefined;
  const names = readdirSync(path)
    .filter((one) => /^[^.].*\.ya?ml$/.test(one))
    .sort();
  if (names.length > 0) return names.map((one) => join(name, one));
  throw new ScError('SC_BAD_FILE', `read container files of "${name}": there is none in this directory`, {
    hint: 'their names end in .yaml or .yml',
  });
}

/** What cannot be looked at is told when it is read. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
