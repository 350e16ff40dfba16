import { processCaller } from '../library/process-caller.ts';
import type { Caller } from '../operations/caller.ts';

/** Who called this command: this process, which does nothing else, so that all signals are for the container. */
export function commandCaller(): Caller {
  return processCaller({ signals: process, self: [process.execPath, ...process.argv.slice(1, 2)] });
}

/** What goes to the caller's stdout goes to its stderr instead, so that stdout holds one object alone. */
export function withoutStdout(caller: Caller): Caller {
  return Object.defineProperty(Object.create(caller), 'stdout', { value: caller.stderr, enumerable: true });
}
