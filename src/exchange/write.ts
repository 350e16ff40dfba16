import { Document } from 'yaml';
import type { ContainerFile } from '../schema/container-file.ts';

/** Documents as the text of a container file, with lines of comment above the first. */
export function writeContainerFile(documents: readonly ContainerFile[], comments: readonly string[]): string {
  const above = comments.map((line) => `# ${line}`.trimEnd());
  return `${[...above, documents.map(writeDocument).join('---\n')].join('\n')}`;
}

/** What a reader of YAML 1.1 takes for something else stands in quotes, as a container file wants it. */
function writeDocument(value: ContainerFile): string {
  const document = new Document(value, { version: '1.2', compat: 'yaml-1.1', aliasDuplicateObjects: false });
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}
