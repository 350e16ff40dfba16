import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ScError } from '../errors/error.ts';
import type { CaseEvent } from '../schema/conformance-log.ts';
import type { KnownMistake, KnownMistakes } from '../schema/known-mistakes.ts';
import { validateKnownMistakes } from '../schema/validate-known-mistakes.ts';
import { meaning } from './verdict.ts';

/** From the top of the repository. */
export const KNOWN_MISTAKES = 'conformance/known-mistakes.yaml';

/** None where there is no such file. Throws SC_BAD_FILE where it is otherwise than its schema. */
export function readKnownMistakes(root: string): KnownMistake[] {
  const file = join(root, KNOWN_MISTAKES);
  if (!existsSync(file)) return [];
  const value: unknown = parse(readFileSync(file, 'utf8'), { version: '1.2', schema: 'core', strict: true });
  if (validateKnownMistakes(value)) return (value as KnownMistakes).mistakes;
  const [error] = validateKnownMistakes.errors ?? [];
  throw new ScError('SC_BAD_FILE', `read "${file}": ${error?.instancePath || 'it'} ${error?.message}`);
}

/**
 * How a case ended: XFAIL where it failed as a known mistake of this runtime makes it fail, XPASS where it passed all the
 * same. A case that fails in another way than the mistake shows itself stays a FAIL.
 */
export function withKnownMistake(
  event: CaseEvent,
  runtime: string,
  mistakes: readonly KnownMistake[],
): CaseEvent {
  const { state, reason = '' } = event;
  const known = mistakes.filter((one) => one.runtime === runtime && one.case === event.case);
  const [first] = known;
  if (first !== undefined && state === 'PASS') return { ...event, state: 'XPASS', knownMistake: first.link };
  if (meaning[state] !== 'failed') return event;
  const shown = known.find(({ shows }) => reason.includes(shows));
  return shown === undefined ? event : { ...event, state: 'XFAIL', knownMistake: shown.link };
}
