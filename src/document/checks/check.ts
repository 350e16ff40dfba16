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
  const parts = partsOf(path);
  const [first] = parts;
  // Most fields are not there.
  if (first !== undefined && first !== '*' && !has(document, first)) return [];
  const fields: Field[] = [];
  collect({ path: '', value: document }, parts, 0, fields);
  return fields;
}

/** Asked for by each check. */
const containers = new WeakMap<object, readonly Field[]>();

/** The containers of a document: itself, or what its run steps start. */
export function containersOf(document: unknown): readonly Field[] {
  if (typeof document !== 'object' || document === null) return findContainers(document);
  const known = containers.get(document) ?? findContainers(document);
  containers.set(document, known);
  return known;
}

function findContainers(document: unknown): readonly Field[] {
  const kind = valueAt(document, 'kind');
  if (otherKinds.some((other) => other === kind)) return [];
  return valueAt(document, 'steps') === undefined ? select(document, '') : select(document, 'steps.*.run');
}

/** The one value at a path, or undefined. */
export function valueAt(document: unknown, path: string): unknown {
  let value = document;
  for (const part of partsOf(path)) {
    if (!has(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

function has(value: unknown, key: string): value is object {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
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
  const ofContainers = paths.flatMap((path) => (path.startsWith(INSIDE) ? path.slice(INSIDE.length) : []));
  const ofDocument = paths.filter((path) => !path.startsWith(INSIDE));
  const run = (document: unknown): Finding[] =>
    [
      ...ofDocument.flatMap((path) => select(document, path)),
      ...(ofContainers.length === 0 ? [] : containersOf(document)).flatMap((container) =>
        ofContainers
          .flatMap((path) => select(container.value, path))
          .map(({ path, value }) => ({ path: joined(container.path, path), value })),
      ),
    ].flatMap(({ path, value }) => {
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

/** What a path of a container begins with, as against one of the document. */
const INSIDE = 'container.';

/** Of the paths of checks, which are few and asked for again and again. */
const parts = new Map<string, readonly string[]>();

function partsOf(path: string): readonly string[] {
  const known = parts.get(path);
  if (known !== undefined) return known;
  const split = path === '' ? [] : path.split('.');
  parts.set(path, split);
  return split;
}

/** A path is put together only as far as there is something. */
function collect({ path, value }: Field, names: readonly string[], index: number, fields: Field[]): void {
  const name = names[index];
  if (name === undefined) {
    fields.push({ path, value });
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const enter = (key: string | number) =>
    collect({ path: joinPath(path, key), value: Reflect.get(value, key) }, names, index + 1, fields);
  if (name !== '*') {
    if (Object.hasOwn(value, name)) enter(name);
  } else if (Array.isArray(value)) for (const key of value.keys()) enter(key);
  else for (const key of Object.keys(value)) enter(key);
}
