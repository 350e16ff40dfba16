import { ScError } from '../errors/error.ts';
import type { Problem } from '../errors/problem.ts';

/** A container file that is valid, but says what cannot be honoured here. All of it is told at once. */
export class UnsupportedError extends ScError {
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const count = `${problems.length} field${problems.length === 1 ? '' : 's'}`;
    super('SC_UNSUPPORTED', `${file}: ${count} that cannot be honoured`);
    this.name = 'UnsupportedError';
    this.problems = problems;
  }
}
