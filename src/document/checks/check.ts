import { ScError } from '../../errors/error.ts';
import type { Complaint, Finding } from '../finding.ts';
import { joinPath } from '../path.ts';

/** A rule that no schema can say. It is given what the schema may have found wrong too, and says nothing of that. */
export interface Check {
  name: string;
  /** What is wrong with `document`, one of a file's. */
  run(document: unknown, names: Names): Finding[];
}

/** The documents of a file by their names; containers and jobs are both containers when they run. */
export interface Names {
  /** The first document of each kind and name, as `Container web`. */
  readonly first: ReadonlyMap<string, unknown>;
  /** `document 2`, with its file where there are several. */
  inWords(document: unknown): string;
  /** Those that depend on themselves, or on one that does. */
  readonly circling: ReadonlySet<unknown>;
}

/** Kinds that are no container; what has another, misspelt one too, is taken for a container. */
export const otherKinds = ['Volume', 'Network', 'Image'] as const;

/** A value of a document with its path. */
export interface Field {
  path: string;
  value: unknown;
}

/** What stands at `path`, in which `*` means every key or item: `mounts.*.target`. */
export function select(document: unknown, path: string): Field[] {
  let fields: Field[] = [{ path: '', value: document }];
  for (const part of path === '' ? [] : path.split('.'))
    fields = fields.flatMap((field) => step(field, part));
  return fields;
}

/** The containers of a document: itself, or what its run steps start. */
export function containersOf(document: unknown): Field[] {
  if (otherKinds.some((kind) => kind === valueAt(document, 'kind'))) return [];
  return valueAt(document, 'steps') === undefined ? select(document, '') : select(document, 'steps.*.run');
}

/** The one value at a path, or undefined. */
export function valueAt(document: unknown, path: string): unknown {
  return select(document, path)[0]?.value;
}

export function joined(parent: string, path: string): string {
  return parent === '' ? path : `${parent}.${path}`;
}

/** A check of single texts, of the document or (with `container.` before the path) of its containers. */
export function textCheck(
  name: string,
  paths: readonly string[],
  complain: (text: string) => Complaint | undefined,
): Check {
  const run = (document: unknown): Finding[] =>
    paths
      .flatMap((path) => fieldsAt(document, path))
      .flatMap(({ path, value }) => {
        const complaint = typeof value === 'string' ? complain(value) : undefined;
        return complaint === undefined ? [] : [{ path, ...complaint }];
      });
  return { name, run };
}

/** What `parse` says of a text: the message of its error, what it takes for meant, and its hint as what was expected. */
export function complaintOf(parse: () => unknown): Complaint | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (!(error instanceof ScError)) throw error;
    const [message = '', suggestion] = error.message.split('; did you mean ');
    return {
      message,
      ...(error.hint !== undefined && { expected: error.hint }),
      ...(suggestion !== undefined && { suggestion }),
    };
  }
}

function fieldsAt(document: unknown, path: string): Field[] {
  if (!path.startsWith('container.')) return select(document, path);
  return containersOf(document).flatMap((container) =>
    select(container.value, path.slice('container.'.length)).map((field) => ({
      path: joined(container.path, field.path),
      value: field.value,
    })),
  );
}

function step({ path, value }: Field, part: string): Field[] {
  if (typeof value !== 'object' || value === null) return [];
  if (part !== '*') {
    return Object.hasOwn(value, part)
      ? [{ path: joinPath(path, part), value: Reflect.get(value, part) }]
      : [];
  }
  return Object.entries(value).map(([key, inner]) => ({
    path: joinPath(path, Array.isArray(value) ? Number(key) : key),
    value: inner,
  }));
}
