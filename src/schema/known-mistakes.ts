// Generated from schema/known-mistakes.schema.json by `npm run generate`; not to be edited.

/**
 * Mistakes of other runtimes that are known, each with the evidence:
 * `conformance/known-mistakes.yaml`. A case that fails by one ends as `XFAIL`, which counts as
 * failed, and one that passes all the same as `XPASS`.
 */
export interface KnownMistakes {
  /** All of them. */
  mistakes: KnownMistake[];
}

/** A mistake of a runtime that a case finds. */
export interface KnownMistake {
  /** Name of the runtime, as its adapter declares it. */
  runtime: string;
  /** ID of the case. */
  case: string;
  /**
   * Text in the reason of a failure by which this mistake is known; another failure of the case is
   * none of it.
   */
  shows: string;
  /** What is wrong, as a sentence without a full stop. */
  mistake: string;
  /** Version of the runtime on which it was seen. */
  seen: string;
  /** Where anybody can see it: an issue, or the line of the source. */
  link: string;
}
