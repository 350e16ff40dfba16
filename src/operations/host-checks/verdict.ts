import type { Check } from '../../schema/answer.ts';

/** What a host lacks: `fail` keeps containers from running, `warn` takes something away from them. */
export type Shortcoming = Pick<Check, 'meaning' | 'remedy'> & { status: 'warn' | 'fail' };

/** The verdict on one fact, which is fine unless there is a shortcoming. */
export function verdict(name: string, found: string, shortcoming?: Shortcoming | undefined): Check {
  return { name, status: 'ok', found, ...shortcoming };
}
