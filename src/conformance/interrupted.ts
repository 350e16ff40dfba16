import type { ResultState } from '../schema/conformance-log.ts';

/** Why a case has ended otherwise than by an expectation. */
export class Interrupted extends Error {
  readonly state: Extract<ResultState, 'ERROR' | 'TIMEOUT' | 'CRASH' | 'FAIL'>;

  constructor(state: Interrupted['state'], message: string) {
    super(message);
    this.state = state;
  }
}
