import { Refusal } from '../adapters/serve.ts';
import { instead, operations, otherCommandLine, together } from './fault.ts';
import type { Mutants } from './mutant.ts';

/** What is said of an operation that was asked for. */
export const refusals: Mutants = {
  'silent-command-line': {
    fault: 'its command line writes nothing',
    put: otherCommandLine((sound) => `exec ${sound} "$@" >/dev/null 2>&1`),
  },
  'refusals-are-done': {
    fault: 'what it refuses it tells as done',
    put: together(
      instead(operations, (request, perform) => perform(request).catch(() => ({ exit: { code: 0 } }))),
      // The exit codes that tell of the command line itself: specs/operations/README.md.
      otherCommandLine(
        (sound) => `${sound} "$@"; code=$?; case $code in 1|2|12[567]) exit 0; esac; exit $code`,
      ),
    ),
  },
  'vague-refusals': {
    fault: 'every refusal is told as a mistake of its own',
    put: instead(operations, (request, perform) =>
      perform(request).catch((error: Error) => {
        throw new Refusal('internal', error.message);
      }),
    ),
  },
  'does-nothing': {
    fault: 'it says of everything that it was done, and does nothing',
    put: instead(operations, async () => ({})),
  },
  refuser: {
    fault: 'it declares everything, and then has nothing of it',
    put: instead(operations, async (_, __, operation) => {
      throw new Refusal('unsupported', `"${operation}" is not here`);
    }),
  },
};
