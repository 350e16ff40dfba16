import { ScError } from '../errors/error.ts';
import type { Validator } from '../schema/validator.ts';

/**
 * Throws SC_USAGE for a request that is not of the form of its schema, also for a member that the schema does not name:
 * what somebody meant by it would not happen.
 */
export function checkRequest(
  operation: string,
  { validateRequest }: { validateRequest: Validator },
  request: object,
): void {
  if (validateRequest(request)) return;
  const [problem] = validateRequest.errors ?? [];
  const place = problem?.instancePath.slice(1).replaceAll('/', '.');
  const unknown = problem?.params.additionalProperty;
  const what = [
    ...(place ? [`"${place}"`] : []),
    `${problem?.message}${unknown === undefined ? '' : `: "${unknown}"`}`,
  ].join(' ');
  throw new ScError('SC_USAGE', `${operation}: the request is none: ${what}`, {
    hint: `schema/operations/${operation}.schema.json says what it may have`,
  });
}
