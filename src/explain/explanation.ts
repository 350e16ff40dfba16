import { exampleInWords, typeWords } from '../document/expectation.ts';
import type { ExplainedKey, ExplainResult } from '../schema/operations/explain.ts';
import { type Definition, formsOf, innerOf, type Schema, type Schemas } from './definition.ts';
import { findPath, keysBelow } from './find.ts';
import { subjects } from './subjects.ts';

/** All that the schemas say of a path. Throws SC_NOT_FOUND with the nearest paths. */
export function explanation(schemas: Schemas, path: string): ExplainResult {
  const found = findPath(schemas, path);
  const { schema } = found;
  const inner = innerOf(schemas, found);
  return {
    path: found.path,
    type: typeOf(schemas, found),
    description: textOf(schema.description),
    ...(inner !== undefined && hasWords(inner.schema) && { each: textOf(inner.schema.description) }),
    required: found.required,
    ...('default' in schema && { default: schema.default }),
    ...valuesOf(schemas, found),
    ...rangeOf(schema),
    ...formOf(schema, inner?.schema),
    examples: (schema.examples ?? []) as unknown[],
    keys: keysBelow(schemas, found).map((key) => keyOf(schemas, key)),
  };
}

/** With what a path may begin. */
export function explainedSubjects(schemas: Schemas): ExplainedKey[] {
  return subjects(schemas).map((subject) => ({
    name: subject.name,
    type: subject.isKind ? 'a kind of document' : 'a request',
    required: false,
    description: textOf(subject.schema.description),
  }));
}

/** The path of a field in what backends declare, such as `network.ports`; none for other kinds and operations. */
export function fieldPathOf(schemas: Schemas, path: string): string | undefined {
  const { subject, path: found } = findPath(schemas, path);
  const isOfContainer = subject.isKind && ['container', 'job'].includes(subject.name);
  return isOfContainer && found !== subject.name ? found.slice(subject.name.length + 1) : undefined;
}

function keyOf(schemas: Schemas, key: Definition & { name: string; required: boolean }): ExplainedKey {
  const { name, required, schema } = key;
  return {
    name,
    type: typeOf(schemas, key),
    required,
    description: textOf(schema.description),
    ...('default' in schema && { default: schema.default }),
  };
}

/** In words: the title of a single value, which says its form and unit, and what a list has in it. */
function typeOf(schemas: Schemas, found: Definition): string {
  const { schema } = found;
  const inner = innerOf(schemas, found);
  if (schema.type === 'array')
    return inner === undefined ? 'a list' : `a list, each ${typeOf(schemas, inner)}`;
  const isMap = schema.type === 'object' || (schema.type === undefined && schema.properties !== undefined);
  if (isMap) return inner === undefined ? 'a map' : `a map of names, each to ${typeOf(schemas, inner)}`;
  if ('const' in schema) return exampleInWords(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map(exampleInWords).join(', ');
  if (typeof schema.title === 'string') return schema.title;
  const forms = formsOf(schemas, found).map((form) => typeOf(schemas, form));
  return forms.length > 0 ? forms.join(', or ') : typeWords(schema);
}

/** The only values that there are, or those beside others that have a form. */
function valuesOf(schemas: Schemas, found: Definition): Pick<ExplainResult, 'values'> {
  const values = [found, ...formsOf(schemas, found)].flatMap(({ schema }) => {
    if ('const' in schema) return [schema.const];
    return Array.isArray(schema.enum) ? schema.enum : [];
  });
  return values.length === 0 ? {} : { values };
}

function rangeOf({ minimum, maximum }: Schema): Pick<ExplainResult, 'minimum' | 'maximum'> {
  return {
    ...(typeof minimum === 'number' && { minimum }),
    ...(typeof maximum === 'number' && { maximum }),
  };
}

function formOf({ pattern }: Schema, inner: Schema = {}): Pick<ExplainResult, 'pattern'> {
  const own = pattern ?? inner.pattern;
  return typeof own === 'string' ? { pattern: own } : {};
}

function hasWords({ description }: Schema): boolean {
  return typeof description === 'string' && description !== '';
}

function textOf(text: unknown): string {
  return typeof text === 'string' ? text : '';
}
