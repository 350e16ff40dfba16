// Generated from schema/operations/complete.schema.json by `npm run generate`; not to be edited.

/** Completion of command lines, for shells. */
export type Complete = CompleteResult | CompletionScript;

/** What the last word of a command line can become. */
export interface CompleteResult {
  /** Whole words. */
  candidates: Candidate[];
  /** Whether files of the host fit too. */
  files: boolean;
}

/** A word. */
export interface Candidate {
  /** The word. */
  value: string;
  /** What it is. Not there for a name. */
  description?: string;
}

/** `sc completion SHELL`. */
export interface CompletionScript {
  /** The shell. */
  shell: 'bash' | 'zsh' | 'fish';
  /** What it has to read. */
  script: string;
}
