import { parseYaml } from './parse-yaml.ts';
import { readText } from './read-text.ts';
import { checkedDocuments, type SourceDocument } from './source-document.ts';
import type { Variables } from './variables.ts';

/**
 * Reads container files, which are one whole. Throws SC_BAD_FILE where one cannot be read or is no text, and
 * InvalidFileError with all that is wrong in all of their documents. `pathOf` says where a file is that is told by its name.
 */
export async function loadFile(
  file: string | readonly string[],
  variables: Variables,
  pathOf: (file: string) => string = (name) => name,
): Promise<SourceDocument[]> {
  const files = typeof file === 'string' ? [file] : file;
  const texts = await Promise.all(files.map((name) => readText(name, 'container file', pathOf(name))));
  const [only, ...others] = texts;
  if (only !== undefined && others.length === 0) return parseDocuments(only, files[0] ?? '', variables);
  const parsed = texts.map((text, index) => parseYaml(text, files[index] ?? '', variables));
  return checkedDocuments(
    parsed.flatMap(({ documents }) => documents),
    parsed.flatMap(({ problems }) => problems),
    { files },
  );
}

/** Reads the text of a container file. Throws InvalidFileError with all that is wrong in all documents. */
export function parseDocuments(text: string, file: string, variables: Variables): SourceDocument[] {
  const { documents, problems } = parseYaml(text, file, variables);
  return checkedDocuments(documents, problems, { files: [file], text });
}
