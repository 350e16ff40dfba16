import { ScError } from './error.ts';

/** One thing that is wrong with a container file. Line and column count from 1. */
export interface Problem {
  file: string;
  line: number;
  column: number;
  /** Path in the document, such as `process.args[0]`; empty for the document itself. */
  path: string;
  /** What is wrong, naming what was found: `unknown key "enviroment"`. */
  message: string;
  expected?: string;
  suggestion?: string;
  /** Names of the backends that support it, where the one that was chosen does not. */
  supportedBy?: string[];
}

/** A container file that cannot be used. All problems of all documents are reported at once. */
export class InvalidFileError extends ScError {
  readonly problems: readonly Problem[];
  /** The text of the file, so that a terminal can show the lines. */
  readonly text: string | undefined;

  constructor(file: string, problems: readonly Problem[], text?: string) {
    super('SC_BAD_FILE', `${file}: ${problems.length} problem${problems.length === 1 ? '' : 's'}`);
    this.name = 'InvalidFileError';
    this.problems = problems;
    this.text = text;
  }
}
