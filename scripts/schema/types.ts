import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { compile, type JSONSchema } from 'json-schema-to-typescript';

type Schema = { [keyword: string]: unknown };

/** Characters of a line. */
const WIDTH = 110;

/** Keywords that no type of TypeScript can say. */
const rules = [
  'propertyNames',
  'dependentRequired',
  'minProperties',
  'maxProperties',
  'minItems',
  'maxItems',
];

/** TypeScript types of one schema: a type for the schema itself, then one for each of its `$defs`. */
export async function generateTypes(file: string): Promise<string> {
  const name = basename(file, '.schema.json');
  const folder = /\/((?:operations|image)\/)/.exec(file)?.[1] ?? '';
  const imports = new Map<string, string>();
  const { $defs = {}, ...root } = JSON.parse(readFileSync(file, 'utf8')) as Schema;
  const sources: string[] = [];
  for (const [key, schema] of [[pascalCase(name), root], ...Object.entries($defs as Schema)] as const) {
    sources.push(await generateType(String(key), prepare(schema, imports) as Schema));
  }
  const importLines = [...Map.groupBy(imports, ([, from]) => from)]
    .sort(([left], [right]) => left.localeCompare(right))
    .map(([from, types]) => importLine(types.map(([type]) => type).sort(), from));
  return [
    `// Generated from schema/${folder}${name}.schema.json by \`npm run generate\`; not to be edited.\n`,
    ...(importLines.length === 0 ? [] : [importLines.join('')]),
    ...sources,
  ].join('\n');
}

/** Broken as biome does it where it is longer than a line. */
function importLine(types: readonly string[], from: string): string {
  const line = `import type { ${types.join(', ')} } from '${from}';\n`;
  if (line.length <= WIDTH + 1) return line;
  return `import type {\n${types.map((type) => `  ${type},\n`).join('')}} from '${from}';\n`;
}

async function generateType(name: string, schema: Schema): Promise<string> {
  const source = await compile(schema as JSONSchema, name, {
    additionalProperties: false,
    bannerComment: '',
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: WIDTH },
  });
  return source
    .replace(/\/\*\*\n\s*\* (.*)\n\s*\*\//g, '/** $1 */')
    .replaceAll('[k: string]', '[name: string]');
}

/**
 * A schema as json-schema-to-typescript reads it best: every reference is a type's name, so that no type
 * is written twice; titles, which it would take for names, are gone; defaults are part of the description.
 */
function prepare(node: unknown, imports: Map<string, string>): unknown {
  if (Array.isArray(node)) return node.map((item) => prepare(item, imports));
  if (node === null || typeof node !== 'object') return node;
  const { $id, $schema, title, description, default: fallback, examples, ...rest } = node as Schema;
  const text = describe(description, fallback);
  if (typeof rest.$ref === 'string') return { ...text, tsType: typeName(rest.$ref, imports) };
  if (Object.keys(rest).length === 0) return { ...text, tsType: 'unknown' };

  const prepared: Schema = { ...text };
  for (const [keyword, value] of Object.entries(rest)) {
    if (rules.includes(keyword) || isChoiceOfKeys(keyword, value)) continue;
    prepared[keyword] = keyword === 'properties' ? prepareEach(value, imports) : prepare(value, imports);
  }
  return prepared;
}

function prepareEach(map: unknown, imports: Map<string, string>): Schema {
  return Object.fromEntries(
    Object.entries(map as Schema).map(([key, value]) => [key, prepare(value, imports)]),
  );
}

function isChoiceOfKeys(keyword: string, value: unknown): boolean {
  return keyword === 'oneOf' && (value as Schema[]).every((item) => Object.keys(item).join() === 'required');
}

function describe(description: unknown, fallback: unknown): Schema {
  if (description === undefined) return {};
  const isScalar = ['string', 'number', 'boolean'].includes(typeof fallback);
  const text = isScalar ? `${description} Default: ${fallback}.` : `${description}`;
  return { description: text.replace(/(.{1,95})(?:\s|$)/g, '$1\n').trim() };
}

function typeName(reference: string, imports: Map<string, string>): string {
  const [file = '', pointer] = reference.split('#');
  const type = pascalCase(basename(pointer ?? file, '.schema.json'));
  if (file !== '')
    imports.set(type, `${file.startsWith('.') ? '' : './'}${file.replace('.schema.json', '.ts')}`);
  return type;
}

function pascalCase(name: string): string {
  return name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
