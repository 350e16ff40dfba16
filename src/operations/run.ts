import { ScError } from '../errors/error.ts';
import { walk } from '../execute/walk.ts';
import { parseSignal } from '../linux/signals.ts';
import type { Ended } from '../schema/answer.ts';
import type { ContainerName } from '../schema/operations/many.ts';
import { newId, shortId } from '../state/id.ts';
import { absolutePath, type Caller, say } from './caller.ts';
import { atCommandLine } from './command-line-error.ts';
import { Foreground } from './foreground.ts';
import { findNamed, makePlan, tellRemarks } from './make-plan.ts';
import type { Record } from './record/record.ts';
import { finishAbandoned } from './recover.ts';
import { flagOf, type RunFlags, runDocument } from './run-document.ts';
import type { Settings } from './settings.ts';
import { openWorkplace } from './workplace.ts';

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
  const { place, steps, id, name } = await planRun({ ...flags, detach: false }, words, settings, caller);
  const record = flags.record === undefined ? undefined : await openRecord(flags.record, caller);
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

/** Starts one container that lives on in the care of the monitor, and answers when its program runs. */
export async function runDetached(
  flags: RunFlags,
  words: readonly string[],
  settings: Settings,
  caller: Caller,
): Promise<ContainerName> {
  const { place, steps, id, name } = await planRun({ ...flags, detach: true }, words, settings, caller);
  const { Background } = await import('./background.ts');
  await walk(steps, new Background(place, caller));
  return { id, name };
}

async function planRun(flags: RunFlags, words: readonly string[], settings: Settings, caller: Caller) {
  const id = newId();
  const name = flags.name ?? shortId(id);
  const place = await openWorkplace(settings);
  for (const { message } of await finishAbandoned(place, caller)) say(caller, message);
  const steps = await atCommandLine('run', flags, async () => {
    const document = runDocument({ ...flags, name }, words, caller.environment);
    const plan = await makePlan(place, [document], await findNamed(place, [document]), {
      source: 'commandLine',
      directory: caller.workingDirectory,
      removeOnExit: flags.rm,
      replace: false,
      newId: () => id,
    });
    tellRemarks(plan, caller, (path) => flagOf(path, flags));
    return plan.steps;
  });
  return { place, steps, id, name };
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
