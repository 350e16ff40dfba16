import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { largestSecret, secretObstacle } from '../backend/secret-source.ts';
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
  is: 'image' | 'mount' | 'secret';
  isWritten: boolean;
}

/**
 * Throws MissingPathsError where an image directory or the source of a bind mount or secret is not there. What lies
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
    return [{ field: `mounts[${index}].bind`, path, is: 'mount', isWritten: readOnly !== true }];
  });
  const secrets = (value.security?.secrets ?? []).map(({ source }, index): HostPath => {
    const path = resolve(directory, source);
    return { field: `security.secrets[${index}].source`, path, is: 'secret', isWritten: false };
  });
  if (image.kind !== 'directory') return [...mounts, ...secrets];
  return [{ field: 'image', path: image.path, is: 'image', isWritten: false }, ...mounts, ...secrets];
}

function complaintOf({ path, is }: HostPath): Pick<Problem, 'message' | 'expected'> | undefined {
  if (is === 'secret') {
    const obstacle = secretObstacle(path);
    const expected = `a regular file of this host, of at most ${largestSecret} bytes`;
    return obstacle === undefined ? undefined : { message: `"${path}": ${obstacle}`, expected };
  }
  const isImage = is === 'image';
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
