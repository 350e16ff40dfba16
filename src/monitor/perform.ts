import { ScError } from '../errors/error.ts';
import type { Validator } from '../schema/validator.ts';
import type { Perform } from './connection.ts';
import { type Means, servedOperations } from './served-operations.ts';

/** What the monitor does with itself; without a request, and with an empty result. */
interface OwnOperations {
  /** Takes up what nobody tends. */
  adopt: () => Promise<void>;
  /** Ends, and leaves its containers to the next. */
  leave: () => void;
}

/** Answers calls. Throws SC_PROTOCOL for an operation that there is none, or a request that is none. */
export function performing(means: Means, { adopt, leave }: OwnOperations): Perform {
  return async (operation, request, abort) => {
    switch (operation) {
      case 'ping':
        return {};
      case 'adopt':
        await adopt();
        return {};
      case 'leave':
        // After the reply.
        setImmediate(leave);
        return {};
      default:
        return performOne(operation, request, { ...means, abort });
    }
  };
}

async function performOne(
  operation: string,
  request: unknown,
  means: Means & { abort: AbortSignal },
): Promise<object> {
  const served = Object.hasOwn(servedOperations, operation) ? servedOperations[operation] : undefined;
  if (served === undefined)
    throw new ScError('SC_PROTOCOL', `the monitor has no operation "${operation}"`, {
      hint: `it has ping, adopt, leave, ${Object.keys(servedOperations).join(', ')}`,
    });
  const { validateRequest, validateResult } = await served.forms();
  check(operation, 'request', validateRequest, request);
  const result = await served.perform(request as never, means);
  check(operation, 'result', validateResult, result);
  return result;
}

function check(operation: string, what: string, validate: Validator, value: unknown): void {
  if (validate(value)) return;
  const [problem] = validate.errors ?? [];
  const place = problem?.instancePath.slice(1).replaceAll('/', '.');
  throw new ScError('SC_PROTOCOL', `${operation}: the ${what} is none: "${place}" ${problem?.message}`);
}
