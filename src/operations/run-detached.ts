import { documentOfValue } from '../document/source-document.ts';
import { ScError } from '../errors/error.ts';
import { walk } from '../execute/walk.ts';
import type { RunRequest, RunResult } from '../schema/operations/run.ts';
import { newId, shortId } from '../state/id.ts';
import { Background } from './background.ts';
import { type Caller, say } from './caller.ts';
import { type PlannedRun, planCommandLine, planOne } from './plan-run.ts';
import { finishAbandoned } from './recover.ts';
import type { RunFlags } from './run-flags.ts';
import type { Settings } from './settings.ts';
import { openWorkplace } from './workplace.ts';

/** What stands in the place of a file's name in the problems of a request. */
export const requested = 'request';

/**
 * Makes a container that lives on in the care of the monitor, and answers when its program runs. The monitor only
 * starts it: what it is made of is looked for with the eyes of the caller.
 */
export async function runDetached(
  flags: RunFlags,
  words: readonly string[],
  settings: Settings,
  caller: Caller,
): Promise<RunResult> {
  const planned = await planCommandLine({ ...flags, detach: true }, words, settings, caller);
  return runPlanned(planned, new Background(planned.place, caller));
}

/** The same for who asks by the monitor's socket, inside of the monitor, which starts it by `start`. */
export async function runRequested(
  { document, directory = '/', removeOnExit = false }: RunRequest,
  settings: Settings,
  caller: Caller,
  start: (id: string) => Promise<unknown>,
): Promise<RunResult> {
  const place = await openWorkplace(settings);
  // Without a caller: there is a monitor.
  for (const { message } of await finishAbandoned(place)) say(caller, message);
  const id = newId();
  const source = documentOfValue({ metadata: { name: shortId(id) }, ...document }, requested);
  const { kind, metadata } = source.value;
  if (kind !== 'Container')
    throw new ScError('SC_UNSUPPORTED', `run "${metadata.name}" in the background: it is a ${kind}`, {
      hint: 'kind: Container',
    });
  const { steps } = await planOne(place, source, { id, source: 'file', directory, removeOnExit });
  return runPlanned({ place, steps, id, name: metadata.name }, new Background(place, caller, start));
}

/** Errors are those of the backend, of the storage driver and of the monitor. */
export async function runPlanned({ steps, id, name }: PlannedRun, hands: Background): Promise<RunResult> {
  await walk(steps, hands);
  return { id, name };
}
