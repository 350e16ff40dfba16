type Schema = Record<string, unknown>;

const types: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  null: 'null',
};

/** What a schema wants, in words: a list, a map or its title, and its examples. */
export function expectationOf(schema: Schema): string {
  const examples = Array.isArray(schema.examples) ? schema.examples.map(exampleInWords) : [];
  const such = examples.length > 0 ? `, such as ${examples.slice(0, 3).join(' or ')}` : '';
  const isCollection = schema.type === 'object' || schema.type === 'array';
  return `${(!isCollection && schema.title) || typeWords(schema)}${such}`;
}

/** What a value of such a type is called. */
export function typeWords({ type }: Schema): string {
  const names = Array.isArray(type) ? type : [type];
  return names.map((name) => types[String(name)] ?? 'another value').join(' or ');
}

/** A value as it is written in a file. */
export function exampleInWords(example: unknown): string {
  if (Array.isArray(example)) return `[${example.map(exampleInWords).join(', ')}]`;
  if (typeof example === 'object' && example !== null) {
    const pairs = Object.entries(example).map(([key, value]) => `${key}: ${exampleInWords(value)}`);
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }
  return typeof example === 'string' && needsQuotes(example) ? JSON.stringify(example) : String(example);
}

/** A text that a reader of YAML takes for something else, or for several things. */
export function needsQuotes(text: string): boolean {
  if (/^(true|false|null|yes|no|on|off)$/i.test(text)) return true;
  const isWord = /^-?[A-Za-z./][\w./@+-]*$/.test(text);
  const isAmount = /^\d+(\.\d+)?[A-Za-z]+$/.test(text);
  return !isWord && !isAmount;
}
