import type { Problem } from '../errors/problem.ts';
import type { ContainerFile } from '../schema/container-file.ts';
import type { Features } from '../schema/features.ts';
import { refusedFields } from './honoured.ts';

interface RefusalOptions {
  /** What the backend declares that is to run the document. */
  features: Features;
  /** The same of the other backends. */
  others: readonly Features[];
  /** See `refusedFields`. */
  canBeLeft: boolean;
}

/** The fields of a document that a backend cannot honour, in words, and which of the others can. */
export function refusals(
  document: ContainerFile,
  { features, others, canBeLeft }: RefusalOptions,
): Pick<Problem, 'path' | 'message' | 'expected' | 'supportedBy'>[] {
  const refusedByOthers = others.map((other) => ({
    name: other.backend,
    paths: refusedFields(document, other, canBeLeft).map(({ path }) => path),
  }));
  return refusedFields(document, features, canBeLeft).map(({ path, what, reason, expected, isOfJob }) => {
    if (isOfJob)
      return {
        path,
        message: `${what} is for kind Container: a Job runs once, on the streams of its caller`,
      };
    const able = refusedByOthers.filter(({ paths }) => !paths.includes(path)).map(({ name }) => name);
    const because = reason === undefined ? '' : `: ${reason}`;
    return {
      path,
      message: `${what} is not supported${able.length === 0 ? ' yet' : ''} by backend "${features.backend}"${because}`,
      ...(expected !== undefined && { expected }),
      ...(able.length > 0 && { supportedBy: able }),
    };
  });
}
