import { walk } from '../execute/walk.ts';
import type { Applied } from '../schema/answer.ts';
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
 * fails is a result; a signal that asks for the end is for the Jobs behind it too. Throws SC_BAD_FILE with all that is
 * wrong with the file, SC_UNSUPPORTED with all that cannot be honoured, both before anything is done, and what starting
 * a container throws. `view` is told of images that are taken in, and closed before anything runs.
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
  const { foreground, jobs } = hands;
  await walk(plan.steps, hands).finally(() => {
    foreground.close();
    jobs.close();
  });
  const { ended, interrupted } = foreground;
  const images = plan.steps.flatMap((step) =>
    step.kind === 'image' ? [{ name: step.name, id: step.id, digest: step.digest }] : [],
  );
  return {
    file: request.file,
    ...(images.length > 0 && { images }),
    ...(jobs.done.length > 0 && { steps: jobs.done }),
    jobs: ended,
    ...(interrupted !== undefined && { interrupted }),
  };
}
