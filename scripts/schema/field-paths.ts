import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

export type Schema = { readonly [keyword: string]: unknown };

/** A field of a container that has no fields of its own. */
export interface Field {
  /** Such as `process.args` and `mounts[].target`. */
  path: string;
  schema: Schema;
}

/**
 * The fields of a Container or Job, in the order of the schema of the container file. A list of objects has those of
 * its items; a map whose keys are the user's own, and a value of several forms, are one field each.
 */
export function containerFields(file: string): Field[] {
  const root = JSON.parse(readFileSync(file, 'utf8')) as Schema;
  const definitions = root.$defs as { [name: string]: Schema };
  const fields = new Map<string, Field>();
  for (const kind of ['Container', 'Job'])
    for (const field of fieldsOf(definitions[kind] ?? {}, '', definitions)) fields.set(field.path, field);
  return [...fields.values()];
}

/** A module of their paths, so that TypeScript knows whoever forgets one. */
export function fieldPathsModule(file: string): string {
  const paths = containerFields(file).map(({ path }) => `  '${path}',`);
  return `// Generated from schema/${basename(file)} by \`npm run generate\`; not to be edited.

/** Each field of a container by its path in the schema, \`[]\` for any item of a list. */
export const fieldPaths = [
${paths.join('\n')}
] as const;

/** One of them. */
export type FieldPath = (typeof fieldPaths)[number];
`;
}

function fieldsOf(given: Schema, path: string, definitions: { [name: string]: Schema }): Field[] {
  const schema = resolved(given, definitions);
  const items = schema.items === undefined ? {} : resolved(schema.items as Schema, definitions);
  if (items.properties !== undefined) return fieldsOf(items, `${path}[]`, definitions);
  if (schema.properties === undefined) return [{ path, schema }];
  return Object.entries(schema.properties as { [name: string]: Schema }).flatMap(([name, property]) =>
    fieldsOf(property, path === '' ? name : `${path}.${name}`, definitions),
  );
}

/** What a reference leads to, with what is said beside it. */
function resolved(schema: Schema, definitions: { [name: string]: Schema }): Schema {
  if (typeof schema.$ref !== 'string') return schema;
  return { ...resolved(definitions[basename(schema.$ref)] ?? {}, definitions), ...schema, $ref: undefined };
}
