import { InvalidFileError, type Problem } from '../errors/problem.ts';
import type { ContainerFile } from '../schema/container-file.ts';
import { checkDocuments } from './checks.ts';
import { ParsedDocument } from './parsed-document.ts';
import { type Place, Places } from './places.ts';
import { validateDocument } from './validate.ts';

/** One document of a container file that fits the schemas and the checks. */
export interface SourceDocument {
  value: ContainerFile;
  file: string;
  /** Where the value at a path such as `process.args[0]` stands, or else what it would be in. */
  locate(path: string): Place;
  /** Name of the document that it is one of several containers of. */
  replicaOf?: string;
  /** The path in the file's document of what is only a part of that, such as the container of a step. */
  within?: string;
}

/** What is wrong at a path of a document, with its place. */
export function problemAt(document: SourceDocument, path: string, message: string): Problem {
  const { file, within } = document;
  const whole = within === undefined ? path : [within, path].filter((part) => part !== '').join('.');
  return { file, ...document.locate(path), path: whole, message };
}

/**
 * Checks the documents of files, of which some problems may be known. Throws InvalidFileError with all
 * that is wrong in all of them.
 */
export function checkedDocuments(
  documents: readonly ParsedDocument[],
  problems: readonly Problem[],
  { files, text }: { files: readonly string[]; text?: string },
): SourceDocument[] {
  for (const document of documents) document.add(validateDocument(document));
  checkDocuments(documents);
  const all = [problems, ...documents.map((document) => document.problems)].flat();
  if (all.length > 0) {
    const placeOf = ({ file }: Problem) => files.indexOf(file);
    all.sort(
      (left, right) => placeOf(left) - placeOf(right) || left.line - right.line || left.column - right.column,
    );
    throw new InvalidFileError(files.join(', '), all, text);
  }
  return documents.map(({ value, places, file }) => ({
    value: value as ContainerFile,
    file,
    locate: (path) => places.ofValue(path),
  }));
}

/**
 * Checks a document that never was a text, such as what a command line says. `file` stands in its problems,
 * whose lines and columns mean nothing.
 */
export function documentOfValue(value: object, file: string): SourceDocument {
  const document = new ParsedDocument(file, new Places({ linePos: () => ({ line: 1, col: 1 }) }));
  document.value = value;
  document.isWhole = true;
  const [checked] = checkedDocuments([document], [], { files: [file] });
  if (checked === undefined) throw new Error('one document is checked and none is there');
  return checked;
}
