import { ScError } from '../errors/error.ts';
import type { Validator } from '../schema/validator.ts';
import type { Perform } from './connection.ts';
import type { ServedOperations } from './served-operations.ts';

/** What the monitor does with itself; without a request, and with an empty result. */
export interface OwnOperations {
  /** Takes up what nobody tends. */
  adopt: () => Promise<void>;
  /** Ends, and leaves its containers to the next. */
  leave: () => void;
}

/** Answers calls. Throws SC_PROTOCOL for an operation that there is none, or a request that is none. */
export function performing(operations: ServedOperations, { adopt, leave }: OwnOperations): Perform {
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
        return performOne(operations, operation, request, abort);
    }
  };
}

async function performOne(
  operations: ServedOperations,
  operation: string,
  request: unknown,
  abort: AbortSignal,
): Promise<object> {
  const load = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
  if (load === undefined)
    throw new ScError('SC_PROTOCOL', `the monitor has no operation "${operation}"`, {
      hint: `it has ping, adopt, leave, ${Object.keys(operations).join(', ')}`,
    });
  const served = await load();
  check(operation, 'request', served.validateRequest, request);
  const result = await served.perform(request as never, abort);
  check(operation, 'result', served.validateResult, result);
  return result;
}

function check(operation: string, what: string, validate: Validator, value: unknown): void {
  if (validate(value)) return;
  const [problem] = validate.errors ?? [];
  const place = problem?.instancePath.slice(1).replaceAll('/', '.');
  throw new ScError('SC_PROTOCOL', `${operation}: the ${what} is none: "${place}" ${problem?.message}`);
}
