import type { Problem } from '../errors/problem.ts';

/** What could not be carried over, or came over as something else, with where it stands. */
export type Note = Problem;

/** Where in a file something stands. */
export interface Spot {
  file: string;
  line: number;
  column: number;
  /** Path in the document, such as `services.web.build`. */
  path: string;
}

/** What a translation has to say beside its result: a problem means that there is none. */
export class Report {
  readonly notes: Note[] = [];
  readonly problems: Problem[] = [];

  /** Once of each place: an alias may be read many times. */
  note(spot: Spot, message: string): void {
    add(this.notes, spot, message);
  }

  problem(spot: Spot, message: string, expected?: string): void {
    add(this.problems, spot, message, expected);
  }
}

function add(to: Problem[], { file, line, column, path }: Spot, message: string, expected?: string): void {
  const isKnown = (other: Problem) =>
    other.file === file && other.path === path && other.line === line && other.message === message;
  if (to.some(isKnown)) return;
  to.push({ file, line, column, path, message, ...(expected !== undefined && { expected }) });
}

/** Notes as lines of comment for what was made. */
export function remarks(notes: readonly Note[]): string[] {
  if (notes.length === 0) return [];
  return ['', 'What did not come over as it is:', ...notes.map((note) => `  ${noteWords(note)}`), ''];
}

/** On one line, whatever is in it. */
function noteWords({ file, line, column, path, message }: Note): string {
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`.replace(/\s+/g, ' ');
}
