import { globSync, readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { backendNames, featuresOf } from '../backend/registry.ts';
import type { Schema, Schemas } from '../explain/definition.ts';
import { explainedSubjects, explanation, fieldPathOf } from '../explain/explanation.ts';
import { pathsOf } from '../explain/find.ts';
import { subjects } from '../explain/subjects.ts';
import { undeclared } from '../plan/honoured.ts';
import type {
  BackendSupport,
  ExplainRequest,
  ExplainResult,
  ExplainSubjects,
} from '../schema/operations/explain.ts';
import { seekBackend } from './named.ts';
import type { Settings } from './settings.ts';

/**
 * What the schemas say of a path, and the backends of a field; without a path, with what one may begin. Looks at nothing
 * but the package itself. Throws SC_NOT_FOUND with the nearest paths, and SC_USAGE for an unknown backend.
 */
export async function explain(
  { path }: ExplainRequest,
  settings: Settings,
): Promise<ExplainResult | ExplainSubjects> {
  const schemas = readSchemas();
  if (path === undefined) return { subjects: explainedSubjects(schemas) };
  const result = explanation(schemas, path);
  const field = fieldPathOf(schemas, path);
  const backends = field === undefined ? [] : await supportOf(field, settings);
  return { ...result, ...(backends.length > 0 && { backends }) };
}

/** Every path that can be explained, without the `[]` of lists. */
export function explainablePaths(): string[] {
  const schemas = readSchemas();
  return subjects(schemas).flatMap((subject) => [subject.name, ...pathsOf(schemas, subject, subject.name)]);
}

/** By the fields of the backends, which are those that have no keys of their own. */
async function supportOf(field: string, settings: Settings): Promise<BackendSupport[]> {
  await seekBackend(settings.backend, settings.root);
  const names = [...new Set([...backendNames, settings.backend])];
  const declared = await Promise.all(names.map(featuresOf));
  if (!declared.some(({ fields }) => Object.hasOwn(fields, field))) return [];
  return declared.map(({ backend, fields }) => ({ backend, support: fields[field as never] ?? undeclared }));
}

/** Those of the package, as it came. */
function readSchemas(): Schemas {
  const directory = join(dirname(findPackageJSON(import.meta.url) ?? ''), 'schema');
  const files = globSync('{,operations/,image/}*.schema.json', { cwd: directory }).sort();
  return new Map(
    files.map((file) => [file, JSON.parse(readFileSync(join(directory, file), 'utf8')) as Schema]),
  );
}
