// Generated from schema/fault.schema.json by `npm run generate`; not to be edited.

/** What went wrong. */
export interface Fault {
  code: ErrorCode;
  /** What failed, on what and why. */
  message: string;
  /** Name of the kernel's error. */
  errno?: string;
  /** What to try, a sentence a line. */
  hint?: string;
  /** Everything that is wrong with a file or a command line. */
  problems?: Problem[];
  /** What went wrong while the failed work was undone. */
  undo?: string[];
}

/** What kind of failure it is. */
export type ErrorCode =
  | 'SC_BAD_FILE'
  | 'SC_USAGE'
  | 'SC_UNSUPPORTED'
  | 'SC_NOT_FOUND'
  | 'SC_AMBIGUOUS'
  | 'SC_EXISTS'
  | 'SC_WRONG_STATE'
  | 'SC_STATE_CORRUPT'
  | 'SC_STATE_NEWER'
  | 'SC_LOCKED'
  | 'SC_NO_ANSWER'
  | 'SC_PROTOCOL'
  | 'SC_TIMEOUT'
  | 'SC_STEP_FAILED'
  | 'SC_BAD_IMAGE'
  | 'SC_STORAGE_FAILED'
  | 'SC_BAD_PLUGIN'
  | 'SC_HOST_UNFIT'
  | 'SC_START_FAILED'
  | 'SC_NOT_EXECUTABLE'
  | 'SC_PROGRAM_NOT_FOUND'
  | 'SC_SYSTEM_CALL'
  | 'SC_INTERNAL';

/** One thing that is wrong with a container file or a command line. */
export interface Problem {
  /** The file, as it was named; `command line` for flags. */
  file: string;
  /** Line in the file, from 1; 0 for a command line. */
  line: number;
  /** Column in the line, in characters from 1; 0 for a command line. */
  column: number;
  /** Path in the document, or the flag; empty for the document itself. */
  path: string;
  /** What is wrong, naming what was found. */
  message: string;
  /** What would be right. */
  expected?: string;
  /** What was probably meant. */
  suggestion?: string;
  /** The backends that support the field, where the one that was chosen does not. */
  supportedBy?: string[];
}
