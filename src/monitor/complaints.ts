import { closeSync, constants, fstatSync, openSync, statSync, writeSync } from 'node:fs';
import { ScError } from '../errors/error.ts';
import { errnoOf, reason } from '../errors/reason.ts';
import { dup2 } from '../linux/dup2.ts';
import { LARGEST_LOG, setAside } from '../protocol/monitor-log.ts';

const STDOUT = 1;
const STDERR = 2;

let log: string | undefined;

/** Bounds the log of this monitor from now on, if that is its standard error: under a service manager it is not. */
export function boundLog(path: string): void {
  const [own, known] = [fstatSync(STDERR), statSync(path, { throwIfNoEntry: false })];
  if (own.ino === known?.ino && own.dev === known.dev) log = path;
}

/**
 * Goes to the monitor's log, its standard error. Where that has no room nothing is said, and the next word is tried
 * again: Node's own streams are closed by the first write that fails.
 */
export function complain(what: string, error: unknown): void {
  attempt(() => {
    if (log !== undefined && fstatSync(STDERR).size >= LARGEST_LOG) beginAnew(log);
  });
  attempt(() => writeSync(STDERR, `${new Date().toISOString()} ${what}: ${wordsOf(error)}\n`));
}

/** What Node itself says goes there too. */
function beginAnew(path: string): void {
  setAside(path);
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
  const descriptor = openSync(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
  for (const own of [STDOUT, STDERR]) dup2(descriptor, own);
  closeSync(descriptor);
}

function attempt(action: () => unknown): void {
  try {
    action();
  } catch {
    // A full disk, or no descriptors.
  }
}

/** Of a fault of sc itself, where it was. */
function wordsOf(error: unknown): string {
  const isFault = error instanceof Error && !(error instanceof ScError) && errnoOf(error) === undefined;
  return (isFault ? error.stack : undefined) ?? reason(error);
}
