import { Document } from 'yaml';

/** Documents as the text of a file, with lines of comment above the first. */
export function writeDocuments(documents: readonly object[], comments: readonly string[]): string {
  const above = comments.map((line) => `# ${line}`.trimEnd());
  return `${[...above, documents.map(writeDocument).join('---\n')].join('\n')}`;
}

/** The same values where what looks like a variable is none, and stays so when the file is read. */
export function withoutVariables<Value>(value: Value): Value {
  if (typeof value === 'string') return value.replaceAll('${', () => '$${') as Value;
  if (Array.isArray(value)) return value.map(withoutVariables) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, withoutVariables(inner)]);
  return Object.fromEntries(entries) as Value;
}

/** What a reader of YAML 1.1 takes for something else stands in quotes, as a container file wants it. */
function writeDocument(value: object): string {
  const document = new Document(value, { version: '1.2', compat: 'yaml-1.1', aliasDuplicateObjects: false });
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}
