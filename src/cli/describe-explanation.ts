import { exampleInWords } from '../document/expectation.ts';
import type { ExplainedKey, ExplainResult, ExplainSubjects } from '../schema/operations/explain.ts';
import { supportInWords } from './describe-features.ts';
import { table, wrapped } from './table.ts';

const INDENT = '  ';

/** What is known of a path, in lines of at most `width`: what it is, then a line for each thing said of it. */
export function describeExplanation(result: ExplainResult, width: number): string {
  const paragraphs = [result.description, result.each === undefined ? '' : `Each: ${result.each}`]
    .filter((text) => text !== '')
    .flatMap((text) => ['', ...wrapped(text, width - INDENT.length).map((line) => `${INDENT}${line}`)]);
  const facts = factsOf(result);
  const backends = (result.backends ?? []).map(({ backend, support }) => [
    `${INDENT}${backend}`,
    supportInWords(support),
    'reason' in support ? support.reason : '',
  ]);
  return [
    ...wrapped(`${result.path}: ${result.type}${result.required ? ' (required)' : ''}`, width),
    ...paragraphs,
    ...(facts.length > 0 ? ['', table(facts)] : []),
    ...(result.keys.length > 0 ? ['', ...keyLines(result.keys, width)] : []),
    ...(backends.length > 0 ? ['', 'Backends:', table(backends)] : []),
  ].join('\n');
}

/** With what a path may begin. */
export function describeSubjects({ subjects }: ExplainSubjects, width: number): string {
  const kinds = subjects.filter(({ type }) => type === 'a kind of document');
  const operations = subjects.filter((subject) => !kinds.includes(subject));
  const lines = (of: ExplainedKey[]) =>
    beside(
      of.map(({ name, description }) => [name, firstSentence(description)]),
      width,
    );
  return ['Kinds of documents:', ...lines(kinds), '', 'Requests of operations:', ...lines(operations)].join(
    '\n',
  );
}

function factsOf({ default: fallback, values, minimum, maximum, pattern, examples, ...rest }: ExplainResult) {
  const facts: [string, string][] = [];
  const add = (name: string, value: string) => facts.push([`${INDENT}${name}`, value]);
  if ('default' in rest || fallback !== undefined) add('default', exampleInWords(fallback));
  if (values !== undefined) add('values', values.map(exampleInWords).join(', '));
  if (minimum !== undefined || maximum !== undefined) add('range', `${minimum ?? ''} to ${maximum ?? ''}`);
  for (const [index, example] of examples.entries())
    add(index === 0 ? 'examples' : '', exampleInWords(example));
  if (pattern !== undefined) add('form', pattern);
  return facts;
}

function keyLines(keys: readonly ExplainedKey[], width: number): string[] {
  return beside(
    keys.map(({ name, type, required, description, default: fallback }) => {
      const more = [
        required ? 'required' : '',
        fallback === undefined ? '' : `default ${exampleInWords(fallback)}`,
      ];
      const said = [type, ...more.filter((text) => text !== '')].join('; ');
      return [name, `${firstSentence(description)} (${said})`];
    }),
    width,
  );
}

/** Names with texts beside them, each in as many lines as it takes. */
function beside(rows: readonly (readonly [name: string, text: string])[], width: number): string[] {
  const names = Math.max(...rows.map(([name]) => name.length)) + 2 * INDENT.length;
  return rows.flatMap(([name, text]) => {
    const [first = '', ...more] = wrapped(text, Math.max(width - names, 20));
    const margin = ' '.repeat(names);
    return [`${INDENT}${name}`.padEnd(names) + first, ...more.map((line) => margin + line)];
  });
}

function firstSentence(text: string): string {
  return /^.*?[.:](?=\s|$)/s.exec(text)?.[0].replace(/[.:]$/, '') ?? text;
}
