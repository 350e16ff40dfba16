import { parseYaml } from './parse-yaml.ts';
import { readText } from './read-text.ts';
import { checkedDocuments, type SourceDocument } from './source-document.ts';
import type { Variables } from './variables.ts';

/**
 * Reads a container file. Throws SC_BAD_FILE where it cannot be read or is no text, and InvalidFileError
 * with all that is wrong in all of its documents.
 */
export async function loadFile(file: string, variables: Variables): Promise<SourceDocument[]> {
  return parseDocuments(await readText(file, 'container file'), file, variables);
}

/** Reads the text of a container file. Throws InvalidFileError with all that is wrong in all documents. */
export function parseDocuments(text: string, file: string, variables: Variables): SourceDocument[] {
  const { documents, problems } = parseYaml(text, file, variables);
  return checkedDocuments(documents, problems, { file, text });
}
