import { ScError } from '../errors/error.ts';
import { nearMisses } from '../errors/near-misses.ts';
import { type Definition, innerOf, type Key, keysOf, type Schemas } from './definition.ts';
import { type Subject, subjects } from './subjects.ts';

/** What a path leads to. */
export interface Found extends Definition {
  /** As the schema has it: `container.mounts[].target`. */
  path: string;
  subject: Subject;
  required: boolean;
}

/** No path of the schemas is so long that it is not said within these. */
const DEEPEST = 8;
const MOST_SUGGESTIONS = 5;

/**
 * What a path such as `container.network.ports` leads to; `mounts.target` and `mounts[0].target` are that of any item,
 * and a path that begins with no kind and no operation is one of a container. Throws SC_NOT_FOUND with the nearest.
 */
export function findPath(schemas: Schemas, path: string): Found {
  const known = subjects(schemas);
  const [first = '', ...keys] = path.replace(/\[[^\]]*\]/g, '').split('.');
  const subject = known.find(({ name }) => name === first.toLowerCase());
  if (subject !== undefined) return walk(schemas, subject, keys, path);
  const container = known.find(({ name }) => name === 'container');
  if (container !== undefined && keysOf(schemas, container).some(({ name }) => name === first))
    return walk(schemas, container, [first, ...keys], path);
  const near = nearMisses(
    first,
    known.map(({ name }) => name),
  );
  throw unknown(path, near.length > 0 ? near : elsewhere(schemas, known, path), 'sc explain');
}

function walk(schemas: Schemas, subject: Subject, keys: readonly string[], asked: string): Found {
  let found: Found = { ...subject, path: subject.name, subject, required: false };
  for (const key of keys) {
    const next = below(schemas, found, key);
    if (next !== undefined) {
      found = next;
      continue;
    }
    const names = keysBelow(schemas, found).map(({ name }) => name);
    const near = nearMisses(key, names).map((name) => `${found.path}.${name}`);
    const others = near.length > 0 ? near : elsewhere(schemas, subjects(schemas), asked);
    throw unknown(asked, others, `sc explain ${found.path}`);
  }
  return found;
}

function below(schemas: Schemas, from: Found, key: string): Found | undefined {
  const own = keysOf(schemas, from).find(({ name }) => name === key);
  if (own !== undefined) return { ...own, subject: from.subject, path: `${from.path}.${key}` };
  const inner = innerOf(schemas, from);
  if (inner === undefined) return undefined;
  // The keys of such a map are the user's own.
  if (from.schema.items === undefined) return { ...inner, ...pathOf(from, `${from.path}.${key}`) };
  return below(schemas, { ...inner, ...pathOf(from, `${from.path}[]`) }, key);
}

function pathOf({ subject }: Found, path: string) {
  return { path, subject, required: false };
}

/** The keys of a map, or of each item of a list. */
export function keysBelow(schemas: Schemas, from: Definition): Key[] {
  const keys = keysOf(schemas, from);
  const inner = from.schema.items === undefined ? undefined : innerOf(schemas, from);
  return keys.length > 0 || inner === undefined ? keys : keysOf(schemas, inner);
}

/** Paths that end as what was asked for, or with a near miss of its last key. */
function elsewhere(schemas: Schemas, known: readonly Subject[], path: string): string[] {
  const all = known
    .filter(({ isKind }) => isKind)
    .flatMap((subject) => pathsOf(schemas, subject, subject.name));
  const last = path.slice(path.lastIndexOf('.') + 1);
  const ending = all.filter((other) => other.endsWith(`.${path}`));
  const same = ending.length > 0 ? ending : all.filter((other) => lastOf(other) === last);
  if (same.length > 0) return same.slice(0, MOST_SUGGESTIONS);
  const near = new Set(nearMisses(last, new Set(all.map(lastOf))));
  return all.filter((other) => near.has(lastOf(other))).slice(0, MOST_SUGGESTIONS);
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

/** Every path below one. */
export function pathsOf(schemas: Schemas, from: Definition, path: string): string[] {
  if (path.split('.').length > DEEPEST) return [];
  return keysBelow(schemas, from).flatMap((key) => [
    `${path}.${key.name}`,
    ...pathsOf(schemas, key, `${path}.${key.name}`),
  ]);
}

function unknown(path: string, near: readonly string[], look: string): ScError {
  const meant = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}`;
  return new ScError('SC_NOT_FOUND', `nothing is called "${path}"${meant}`, { hint: look });
}
