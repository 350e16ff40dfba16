import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

type Schema = { [keyword: string]: unknown };

/** Where it lies, from the top of the repository. */
export const editorSchema = 'schema/container-file.editor.json';

/** What a variable of a container file looks like before it has a value. */
const VARIABLE = '\\$\\{';

/**
 * The schema of the container file as editors want it: one file, in draft 7, which all of them know; the kind says which
 * of the documents is meant, so that what is wrong is told of that one alone; and wherever a value may come
 * from a variable, the variable fits too.
 */
export function editorSchemaText(file: string): string {
  const { $defs = {}, oneOf, ...root } = JSON.parse(readFileSync(file, 'utf8')) as Schema;
  const definitions = Object.entries($defs as Schema).map(([name, schema]) => [name, inDraft7(schema)]);
  const kinds = (oneOf as { $ref: string }[]).map(({ $ref }) => basename($ref));
  const schema = {
    ...root,
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: String(root.$id).replace(basename(file), basename(editorSchema)),
    $comment: `Generated from schema/${basename(file)} by \`npm run generate\`; not to be edited.`,
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata'],
    properties: {
      apiVersion: { $ref: '#/definitions/ApiVersion' },
      kind: { description: 'What the document is about.', enum: kindNames(kinds, $defs as Schema) },
      metadata: { $ref: '#/definitions/Metadata' },
    },
    allOf: kinds.map((name) => ofKind(name, ($defs as Schema)[name] as Schema)),
    definitions: Object.fromEntries(definitions),
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

function kindNames(kinds: readonly string[], definitions: Schema): string[] {
  return [...new Set(kinds.map((name) => kindOf(definitions[name] as Schema)))];
}

function kindOf({ properties }: Schema): string {
  return (properties as { kind: { const: string } }).kind.const;
}

/** Of the two Jobs that of steps is the one with steps. */
function ofKind(name: string, definition: Schema): Schema {
  const kind = kindOf(definition);
  const isKind = { properties: { kind: { const: kind } }, required: ['kind'] };
  const hasSteps = { required: ['steps'] };
  const which = name === kind ? { not: hasSteps } : hasSteps;
  return {
    if: kind === 'Job' ? { ...isKind, allOf: [which] } : isKind,
    // biome-ignore lint/suspicious/noThenProperty: it is a keyword of JSON Schema
    then: { $ref: `#/definitions/${name}` },
  };
}

function inDraft7(node: unknown, keyword = ''): unknown {
  if (Array.isArray(node)) return node.map((item) => inDraft7(item));
  if (typeof node !== 'object' || node === null) return node;
  const isMap = keyword === 'properties';
  const entries = Object.entries(node).map(([key, value]) => {
    if (!isMap && key === '$ref') return [key, String(value).replace('#/$defs/', '#/definitions/')];
    if (!isMap && key === 'dependentRequired') return ['dependencies', value];
    if (!isMap && isData.has(key)) return [key, value];
    return [key, inDraft7(value, isMap ? '' : key)];
  });
  const schema = Object.fromEntries(entries) as Schema;
  return isMap || keyword === 'propertyNames' ? schema : orVariable(schema);
}

const isData: ReadonlySet<string> = new Set(['const', 'default', 'enum', 'examples', 'required', 'type']);

/** A name is no place for a variable, nor is a constant. */
function orVariable(schema: Schema): Schema {
  const { type, pattern, enum: words, minimum, maximum, exclusiveMinimum, ...rest } = schema;
  if (typeof pattern === 'string') return { ...schema, pattern: `(?:${pattern})|${VARIABLE}` };
  const isScalar = ['integer', 'number', 'boolean'].includes(String(type)) || words !== undefined;
  if (!isScalar) return schema;
  const own = { type, enum: words, minimum, maximum, exclusiveMinimum };
  return { ...rest, anyOf: [own, { type: 'string', pattern: VARIABLE }] };
}
