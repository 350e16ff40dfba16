import type { Entry, Item } from './entry.ts';

/** The page of an entry point, in docs/api. */
export function pageOf(name: string, { text, items }: Entry): string {
  const shapes = items.filter(({ schema }) => schema !== undefined);
  const own = items.filter(({ schema }) => schema === undefined);
  const types = own.filter(({ declaration }) => /^(?:interface|type) /.test(declaration));
  const values = own.filter((item) => !types.includes(item));
  return `${[
    `# \`${name}\``,
    'Made from what stands in the source by `npm run generate`; not to be edited. How to use it is in\n[library.md](../library.md).',
    text,
    ...section('## Functions and classes', values.map(described)),
    ...section('## Types', types.map(described)),
    ...section('## Shapes', shapes.length === 0 ? [] : [shapeTable(shapes)]),
  ].join('\n\n')}\n`;
}

function section(title: string, parts: readonly string[]): string[] {
  return parts.length === 0 ? [] : [title, ...parts];
}

function described({ name, text, declaration, source }: Item): string {
  return [
    `### ${name}`,
    text,
    `\`\`\`ts\n${declaration}\n\`\`\``,
    `Declared in [${source}](../../${source}).`,
  ].join('\n\n');
}

/** Their schema says all of them: units, defaults, examples. */
function shapeTable(shapes: readonly Item[]): string {
  const rows = shapes.map(
    ({ name, schema, text }) => `| \`${name}\` | ${oneLine(text)} | [${schema}](../../${schema}) |`,
  );
  return ['| type | what it is | described in |', '|---|---|---|', ...rows].join('\n');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
}
