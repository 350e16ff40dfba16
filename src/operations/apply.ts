import { ScError } from '../errors/error.ts';
import { faultOf } from '../errors/fault.ts';
import { errnoOf, failure } from '../errors/reason.ts';
import { type Outcome, walkDocuments } from '../execute/course.ts';
import type { Applied, AppliedDocument } from '../schema/answer.ts';
import type { PlanDocument } from '../schema/plan.ts';
import { type Caller, say } from './caller.ts';
import { type FileRequest, readFileRequest } from './file-request.ts';
import { HandsOfBoth } from './hands-of-both.ts';
import type { Progress } from './image/progress.ts';
import { fileChoices, findNamed, makePlan, tellRemarks } from './make-plan.ts';
import { finishAbandoned } from './recover.ts';
import type { Settings } from './settings.ts';
import { openWorkplace } from './workplace.ts';

/**
 * Does what a container file says, its Jobs on the streams of the caller, its Containers in the background. That a Job
 * fails is a result, and so is what fails of a document: those that come after it are skipped, and all others done. A
 * signal that asks for the end is for what has not begun too. Throws SC_BAD_FILE with all that is wrong with the file and
 * SC_UNSUPPORTED with all that cannot be honoured, both before anything is done. `view` is told of images that are taken in, and closed before anything runs.
 */
export async function apply(
  request: FileRequest,
  settings: Settings,
  caller: Caller,
  view?: Progress & { close(): void },
): Promise<Applied> {
  const { documents, directory } = await readFileRequest(request, caller);
  const place = await openWorkplace(settings);
  for (const { message } of await finishAbandoned(place, caller)) say(caller, message);
  const choices = { ...fileChoices, directory, progress: view };
  const planning = makePlan(place, documents, await findNamed(place, documents), choices);
  // What Jobs write from now on stands below.
  const plan = await planning.finally(() => view?.close());
  tellRemarks(plan, caller);
  const hands = new HandsOfBoth(place, caller, { name: request.file, directory });
  const outcomes = await walkDocuments(plan, hands).finally(() => hands.close());
  const told = plan.documents.map((document, index) => applied(document, outcomes[index]));
  const { foreground, jobs, images } = hands;
  const { ended, interrupted } = foreground;
  return {
    file: request.file,
    documents: told,
    ...(images.length > 0 && { images }),
    ...(jobs.done.length > 0 && { steps: jobs.done }),
    jobs: ended,
    ...(interrupted !== undefined && { interrupted }),
  };
}

/** A fault of sc itself is thrown, when all is done. */
function applied({ kind, name, change }: PlanDocument, outcome: Outcome | undefined): AppliedDocument {
  const document = { kind, name, change };
  if (outcome?.outcome !== 'failed') return { ...document, outcome: 'interrupted', ...outcome };
  return { ...document, outcome: 'failed', error: faultOf(knownError(outcome.error)) };
}

function knownError(error: unknown): ScError {
  if (error instanceof ScError) return error;
  if (error instanceof Error && errnoOf(error) !== undefined)
    return failure('SC_SYSTEM_CALL', 'apply a document', error);
  throw error;
}
