import { ScError } from '../errors/error.ts';
import { tryEach } from '../operations/many.ts';
import type { RestartRequest } from '../schema/operations/restart.ts';
import type { StartRequest } from '../schema/operations/start.ts';
import { validateRestartRequest, validateRestartResult } from '../schema/operations/validate-restart.ts';
import { validateStartRequest, validateStartResult } from '../schema/operations/validate-start.ts';
import type { Validator } from '../schema/validator.ts';
import type { Perform } from './connection.ts';
import type { Supervisor } from './supervisor.ts';

interface Served {
  validateRequest: Validator;
  validateResult: Validator;
  perform: (request: never) => Promise<object>;
}

/** How many containers one call starts at the same time, and how many it ends before that. */
const AT_ONCE = 8;
const ENDS_AT_ONCE = 64;

/** What the monitor does for who calls; `leave` asks it to end. */
export function serveOperations(supervisor: Supervisor, leave: () => void): Perform {
  const operations: Readonly<Record<string, Served>> = {
    start: {
      validateRequest: validateStartRequest,
      validateResult: validateStartResult,
      perform: ({ containers }: StartRequest) =>
        tryEach(containers, (reference) => supervisor.start(reference), { atOnce: AT_ONCE }),
    },
    restart: {
      validateRequest: validateRestartRequest,
      validateResult: validateRestartResult,
      // They spend their time with waiting for their ends.
      perform: ({ containers, ...how }: RestartRequest) =>
        tryEach(containers, (reference) => supervisor.restart(reference, how), { atOnce: ENDS_AT_ONCE }),
    },
  };
  return async (operation, request) => {
    if (operation === 'ping') return {};
    if (operation === 'adopt') {
      await supervisor.adoptAll();
      return {};
    }
    if (operation === 'leave') {
      // After the reply.
      setImmediate(leave);
      return {};
    }
    const served = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
    if (served === undefined) throw new ScError('SC_PROTOCOL', `the monitor has no operation "${operation}"`);
    check(operation, 'request', served.validateRequest, request);
    const result = await served.perform(request as never);
    check(operation, 'result', served.validateResult, result);
    return result;
  };
}

function check(operation: string, what: string, validate: Validator, value: unknown): void {
  if (validate(value)) return;
  const [problem] = validate.errors ?? [];
  const place = problem?.instancePath.slice(1).replaceAll('/', '.');
  throw new ScError('SC_PROTOCOL', `${operation}: the ${what} is none: "${place}" ${problem?.message}`);
}
