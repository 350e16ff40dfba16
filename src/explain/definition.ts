import { posix } from 'node:path';

export type Schema = { readonly [keyword: string]: unknown };

/** Schemas by their files, named from the directory of all. */
export type Schemas = ReadonlyMap<string, Schema>;

/** A part of a schema with all that is said of it, and the file whose references it has. */
export interface Definition {
  schema: Schema;
  file: string;
}

/** What a part stands for: what its reference leads to, with what is said beside the reference, which goes before. */
export function definition(schemas: Schemas, schema: Schema, file: string): Definition {
  if (typeof schema.$ref !== 'string') return { schema, file };
  const [name = '', pointer = ''] = schema.$ref.split('#');
  const target = name === '' ? file : posix.join(posix.dirname(file), name);
  const keys = pointer.split('/').slice(1);
  const part = keys.reduce<unknown>((at, key) => (at as Schema | undefined)?.[key], schemas.get(target));
  if (part === undefined) throw new Error(`${file} refers to "${schema.$ref}", which is not there`);
  const found = definition(schemas, part as Schema, target);
  const { $ref, ...beside } = schema;
  return { schema: { ...found.schema, ...beside }, file: found.file };
}

/** A key of a map, and whether it has to be there. */
export interface Key extends Definition {
  name: string;
  required: boolean;
}

/** The keys that a map has, in any of its forms; required is what each of these requires. */
export function keysOf(schemas: Schemas, { schema, file }: Definition): Key[] {
  const required = (schema.required ?? []) as readonly string[];
  const own = Object.entries((schema.properties ?? {}) as { [name: string]: Schema }).map(([name, part]) => ({
    ...definition(schemas, part, file),
    name,
    required: required.includes(name),
  }));
  const forms = formsOf(schemas, { schema, file }).map((form) => keysOf(schemas, form));
  const maps = forms.filter((keys) => keys.length > 0);
  const inAll = (key: Key) =>
    maps.every((keys) => keys.some(({ name, required }) => required && name === key.name));
  const others = maps.flat().map((key) => ({ ...key, required: inAll(key) }));
  return [...new Map([...others, ...own].map((key) => [key.name, key])).values()];
}

/** The forms of which a value has one. */
export function formsOf(schemas: Schemas, { schema, file }: Definition): Definition[] {
  const forms = (schema.anyOf ?? schema.oneOf ?? []) as readonly Schema[];
  return forms.map((form) => definition(schemas, form, file)).filter((form) => !isChoiceOfKeys(form.schema));
}

/** `{ required: ["bind"] }` says which keys go together, and is no form of its own. */
function isChoiceOfKeys(schema: Schema): boolean {
  return Object.keys(schema).join() === 'required';
}

/** What each item of a list is, or each value of a map whose keys are the user's own. */
export function innerOf(schemas: Schemas, { schema, file }: Definition): Definition | undefined {
  const inner = schema.items ?? schema.additionalProperties;
  return typeof inner === 'object' && inner !== null ? definition(schemas, inner as Schema, file) : undefined;
}
