import { closeSync, openSync } from 'node:fs';
import type { GuardOptions } from '../backend.ts';
import { renderGuard } from './render/guard.ts';
import { reap, spawnStage, tell } from './spawn.ts';

/** Any byte: the guard only asks whether there was one. */
const RELEASED = 1;

/**
 * Executes `argv`, a program of the host, if this process dies before the answer is called: for what is
 * made before there is a keeper to do so.
 */
export function standGuard(argv: readonly string[], options?: GuardOptions): () => void {
  const nothing = openSync('/dev/null', 'r+');
  try {
    const guard = spawnStage(renderGuard(argv, options), {
      stdin: nothing,
      stdout: nothing,
      stderr: nothing,
    });
    closeSync(guard.report);
    return () => {
      tell(guard.control, RELEASED);
      closeSync(guard.control);
      reap(guard.pid);
    };
  } finally {
    closeSync(nothing);
  }
}
