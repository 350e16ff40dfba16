import { documentOfValue } from '../document/source-document.ts';
import { ScError } from '../errors/error.ts';
import type { Ended } from '../schema/answer.ts';
import type { ContainerName } from '../schema/operations/many.ts';
import type { RunRequest } from '../schema/operations/run.ts';
import { newId, shortId } from '../state/id.ts';
import { Background } from './background.ts';
import { absolutePath, type Caller, say } from './caller.ts';
import { tellRemarks } from './make-plan.ts';
import { planOne } from './plan-run.ts';
import { finishAbandoned } from './recover.ts';
import { runForeground } from './run.ts';
import { requested, runPlanned } from './run-detached.ts';
import type { Settings } from './settings.ts';
import { openWorkplace } from './workplace.ts';

/**
 * Runs one document of a container file that never was a text. A Job runs on the streams of the caller until it ends,
 * and how it ends is a result; of a Container, which is made anew and lives on in the care of the monitor, the answer
 * says that its program runs. Relative paths of the document begin in `directory`, or else in the working directory of
 * the caller. Throws SC_BAD_FILE with all that is wrong with the document, SC_UNSUPPORTED with all that cannot be
 * honoured, SC_EXISTS for a name that is taken, SC_PROGRAM_NOT_FOUND, SC_NOT_EXECUTABLE, SC_START_FAILED,
 * SC_STORAGE_FAILED and SC_HOST_UNFIT; of a container that could not be started nothing stays.
 */
export async function runObject(
  { document, directory = '.', removeOnExit = false }: RunRequest,
  settings: Settings,
  caller: Caller,
): Promise<Ended | ContainerName> {
  const place = await openWorkplace(settings);
  for (const { message } of await finishAbandoned(place, caller)) say(caller, message);
  const id = newId();
  const source = documentOfValue({ metadata: { name: shortId(id) }, ...document }, requested);
  const { kind, metadata } = source.value;
  const { name } = metadata;
  if (kind !== 'Job' && kind !== 'Container')
    throw new ScError('SC_UNSUPPORTED', `run "${name}": it is a ${kind}`, {
      hint: 'kind: Job, or kind: Container',
    });
  const choices = { source: 'file', directory: absolutePath(directory, caller), removeOnExit } as const;
  const plan = await planOne(place, source, { ...choices, id });
  tellRemarks(plan, caller);
  const planned = { place, steps: plan.steps, id, name };
  return kind === 'Job' ? runForeground(planned, caller) : runPlanned(planned, new Background(place, caller));
}
