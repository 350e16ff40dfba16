import { ScError } from '../errors/error.ts';
import { walk } from '../execute/walk.ts';
import { parseSignal } from '../linux/signals.ts';
import type { Ended } from '../schema/answer.ts';
import type { ContainerName } from '../schema/operations/many.ts';
import { absolutePath, type Caller } from './caller.ts';
import { Foreground } from './foreground.ts';
import { type PlannedRun, planCommandLine } from './plan-run.ts';
import type { Record } from './record/record.ts';
import type { RunFlags } from './run-flags.ts';
import type { Settings } from './settings.ts';

/**
 * Runs one container on the streams of the caller until it ends, or until the caller leaves its terminal by the
 * detach keys. How it ends is a result; one that was left has no end yet.
 */
export async function run(
  flags: RunFlags,
  words: readonly string[],
  settings: Settings,
  caller: Caller,
): Promise<Ended | ContainerName> {
  const planned = await planCommandLine({ ...flags, detach: false }, words, settings, caller);
  const record = flags.record === undefined ? undefined : await openRecord(flags.record, caller);
  return runForeground(planned, caller, record);
}

/** Runs what is planned on the streams of the caller. Errors are those of the backend and of the storage driver. */
export async function runForeground(
  { place, steps, id, name }: PlannedRun,
  caller: Caller,
  record?: Record,
): Promise<Ended | ContainerName> {
  const foreground = new Foreground(place, caller, 'run', record);
  const startedAt = new Date().toISOString();
  await walk(steps, foreground).finally(() => foreground.close());
  const [ended] = foreground.ended;
  if (ended !== undefined) return ended;
  const [left] = foreground.left;
  if (left !== undefined) {
    const { commend } = await import('./leave.ts');
    await commend(place, left, caller);
    return left;
  }
  if (foreground.interrupted !== undefined) return neverRan({ id, name, startedAt }, foreground.interrupted);
  throw new ScError('SC_INTERNAL', `run "${name}": the plan has no end`);
}

/** Loaded only by who records. */
async function openRecord(path: string, caller: Caller): Promise<Record> {
  const { Record } = await import('./record/record.ts');
  return new Record(absolutePath(path, caller));
}

/** A signal came first: nothing of the container is left, and its program has not been executed. */
function neverRan(container: Pick<Ended, 'id' | 'name' | 'startedAt'>, signal: string): Ended {
  const exit = { code: 128 + parseSignal(signal), signal, cause: 'runner' } as const;
  return { ...container, exit, finishedAt: new Date().toISOString(), removed: true };
}
