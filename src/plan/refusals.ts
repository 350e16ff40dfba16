import { problemAt, type SourceDocument } from '../document/source-document.ts';
import type { Problem } from '../errors/problem.ts';
import type { ContainerFile } from '../schema/container-file.ts';
import type { Features } from '../schema/features.ts';
import type { PlanField } from '../schema/plan.ts';
import { refusedBy, refusedFields, undeclared } from './honoured.ts';

/** What is declared of fields. */
export interface Declared {
  /** By the backend that is to run the document. */
  features: Features;
  /** By the other backends. */
  others: readonly Features[];
  /** Who says the document. */
  source: PlanField['source'];
}

interface RefusalOptions extends Omit<Declared, 'source'> {
  /** See `refusedFields`. */
  canBeLeft: boolean;
}

/** The fields of a document that a backend cannot honour, whatever the host, each with its place. */
export function problemsOf(document: SourceDocument, { source, ...declared }: Declared): Problem[] {
  // Of the command line's flags those that nothing comes of are refused before (run-conflicts.ts).
  const canBeLeft = source === 'commandLine';
  return refusals(document.value, { ...declared, canBeLeft }).map(({ path, message, ...more }) => ({
    ...problemAt(document, path, message),
    ...more,
  }));
}

/** The fields of a document that a backend cannot honour, in words, and which of the others can. */
function refusals(
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

/** The same of what an image says of a container, which is asked for as much as what its file says. */
export function refusalsOfImage(
  list: readonly PlanField[],
  { backend, fields }: Features,
): Pick<Problem, 'path' | 'message'>[] {
  return list
    .filter(({ source }) => source === 'image')
    .flatMap(({ path, value }) => refusedBy(fields[fieldOf(path)] ?? undeclared, value, path).slice(0, 1))
    .map(({ path, what, reason }) => ({
      path,
      message: `${what} of the image is not supported by backend "${backend}": ${reason}`,
    }));
}

/** What an image wants mounted are volumes. */
function fieldOf(path: string): string {
  return path.replace(/^mounts\[\d+\]$/, 'mounts[].volume');
}
