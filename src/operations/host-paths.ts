import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SourceDocument } from '../document/source-document.ts';
import { ScError } from '../errors/error.ts';
import type { Problem } from '../errors/problem.ts';
import { errnoOf, reason } from '../errors/reason.ts';
import { parseImageReference } from '../plan/image-reference.ts';

/** A container file that is valid, but names what this host does not have. All of it is told at once. */
export class MissingPathsError extends ScError {
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const count = `${problems.length} path${problems.length === 1 ? '' : 's'}`;
    super('SC_NOT_FOUND', `${file}: ${count} that this host does not have`);
    this.name = 'MissingPathsError';
    this.problems = problems;
  }
}

/** A path of the host that a document names, absolute. */
interface HostPath {
  field: string;
  path: string;
  isImage: boolean;
  isWritten: boolean;
}

/**
 * Throws MissingPathsError where an image directory or the source of a bind mount is not there. What lies
 * below a directory that an earlier Job writes to may be made by that Job, and is left to the start.
 */
export function checkHostPaths(documents: readonly SourceDocument[], directory: string): void {
  const written: string[] = [];
  const problems: Problem[] = [];
  for (const document of documents) {
    const paths = hostPathsOf(document, directory);
    for (const host of paths) {
      if (written.some((parent) => `${host.path}/`.startsWith(`${parent === '/' ? '' : parent}/`))) continue;
      const complaint = complaintOf(host);
      if (complaint === undefined) continue;
      const { file } = document;
      problems.push({ file, ...document.locate(host.field), path: host.field, ...complaint });
    }
    written.push(...paths.filter(({ isWritten }) => isWritten).map(({ path }) => path));
  }
  if (problems.length > 0) throw new MissingPathsError(documents[0]?.file ?? '', problems);
}

function hostPathsOf({ value }: SourceDocument, directory: string): HostPath[] {
  if (value.kind !== 'Job' || 'steps' in value) return [];
  const image = parseImageReference(value.image, directory);
  const mounts = (value.mounts ?? []).flatMap(({ bind, readOnly }, index): HostPath[] => {
    if (bind === undefined) return [];
    const path = resolve(directory, bind);
    return [{ field: `mounts[${index}].bind`, path, isImage: false, isWritten: readOnly !== true }];
  });
  if (image.kind !== 'directory') return mounts;
  return [{ field: 'image', path: image.path, isImage: true, isWritten: false }, ...mounts];
}

function complaintOf({ path, isImage }: HostPath): Pick<Problem, 'message' | 'expected'> | undefined {
  const expected = isImage ? 'a directory that holds a root filesystem' : 'a file or directory of this host';
  try {
    const isDirectory = statSync(path).isDirectory();
    if (isDirectory || !isImage) return undefined;
    return { message: `"${path}" is not a directory`, expected };
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') return { message: reason(error), expected };
    return { message: `"${path}" does not exist`, expected };
  }
}
