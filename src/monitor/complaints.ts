import { writeSync } from 'node:fs';
import { ScError } from '../errors/error.ts';
import { errnoOf, reason } from '../errors/reason.ts';

/**
 * Goes to the monitor's log, its standard error. Where that has no room nothing is said, and the next word is tried
 * again: Node's own streams are closed by the first write that fails.
 */
export function complain(what: string, error: unknown): void {
  try {
    writeSync(2, `${new Date().toISOString()} ${what}: ${wordsOf(error)}\n`);
  } catch {
    // A full disk.
  }
}

/** Of a fault of sc itself, where it was. */
function wordsOf(error: unknown): string {
  const isFault = error instanceof Error && !(error instanceof ScError) && errnoOf(error) === undefined;
  return (isFault ? error.stack : undefined) ?? reason(error);
}
