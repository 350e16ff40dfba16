import { ScError } from '../errors/error.ts';
import { faultOf } from '../errors/fault.ts';
import { errnoOf, failure } from '../errors/reason.ts';
import { conclude, type Outcome, type Watcher, walkDocuments } from '../execute/course.ts';
import { Stacks } from '../execute/undo.ts';
import { orphanWords } from '../plan/owned-things.ts';
import type { Applied, AppliedDocument } from '../schema/answer.ts';
import type { Plan, PlanDocument, PlanStep } from '../schema/plan.ts';
import { type Caller, say } from './caller.ts';
import { type FileRequest, readFileRequest, withReplicas } from './file-request.ts';
import type { HandsOfBoth } from './hands-of-both.ts';
import type { Progress } from './image/progress.ts';
import { fileChoices, findNamed, makePlan, tellRemarks } from './make-plan.ts';
import { Ownership } from './ownership.ts';
import { finishAbandoned } from './recover.ts';
import type { Settings } from './settings.ts';
import type { VolumesBefore } from './volume/before.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/** What is to be applied. */
export interface ApplyRequest extends FileRequest {
  /** Whether what the files have made and do not name any more is removed. */
  prune?: boolean;
  /** Whether volumes are with that, and all that is in them. */
  pruneVolumes?: boolean;
  /** Whether all is undone where something fails, or is not healthy where that is waited for. */
  atomic?: boolean;
  /** Whether to wait until every Container that has a health check is healthy. */
  wait?: boolean;
  /** How long, in milliseconds; without it for as long as it takes. */
  timeout?: number;
}

/** Who watches: of images that are taken in first, and when that is closed of documents, by their place in the plan. */
export interface ApplyView extends Progress {
  close(): void;
  begin(plan: Plan): void;
  /** A step of a document is begun. */
  step(index: number, step: PlanStep): void;
  end(index: number, document: AppliedDocument): void;
  /** A document that is done is waited for until it is healthy. */
  wait(index: number): void;
  /** It is, or will not be. */
  waited(index: number): void;
}

/**
 * Does what a container file says, its Jobs on the streams of the caller, its Containers in the background. That a Job
 * fails is a result, and so is what fails of a document: those that come after it are skipped, and all others done. A
 * signal that asks for the end is for what has not begun too. Throws SC_BAD_FILE with all that is wrong with the file and
 * SC_UNSUPPORTED with all that cannot be honoured, both before anything is done. `view` is told how far it is.
 */
export async function apply(
  { prune = false, pruneVolumes = false, wait = false, atomic = false, timeout, ...request }: ApplyRequest,
  settings: Settings,
  caller: Caller,
  view?: ApplyView,
): Promise<Applied> {
  const read = await readFileRequest(request, caller);
  const { directory } = read;
  const documents = withReplicas(read.documents);
  const place = await openWorkplace(settings);
  for (const { message } of await finishAbandoned(place, caller)) say(caller, message);
  const ownership = new Ownership(place, { ...read, documents }, caller);
  // Of one that has just been killed the end may not be recorded yet.
  const found = await findNamed(place, documents);
  const observed = await Promise.all(found.map((state) => place.observe(state)));
  const owned = await ownership.owned(observed);
  const choices = { ...fileChoices, directory, owned, prune, pruneVolumes, progress: view };
  const planning = makePlan(place, documents, observed, choices);
  // What Jobs write from now on stands below.
  const plan = await planning.finally(() => view?.close());
  tellRemarks(plan, caller);
  for (const orphan of plan.orphans ?? []) say(caller, orphanWords(orphan));
  if (!plan.changes && !wait) {
    if (ownership.isNews(observed)) await ownership.finish(() => true);
    const documents = plan.documents.map((document) => applied(document, { outcome: 'done' }));
    return { file: read.name, documents, jobs: [] };
  }
  // What makes and starts containers is loaded only where something is to be done.
  const { HandsOfBoth } = await import('./hands-of-both.ts');
  const before = atomic ? await volumesBefore(place, caller, plan) : undefined;
  const hands = new HandsOfBoth(place, caller, { name: read.name, directory, plan, timeout, before });
  const held = before && new Stacks();
  // The first of what comes last: what stood before is started on volumes that are as they were.
  if (before !== undefined) held?.add().lastly(() => before.restore());
  const outcomes = await ownership
    .begin(plan)
    .then(() => {
      view?.begin(plan);
      return walkDocuments(plan, hands, { held, watcher: view && watcherOf(plan, view) });
    })
    .then((all) => (wait ? untilHealthy(plan, all, hands, view) : all))
    .then((all) => (held ? conclude(plan, all, held) : all))
    .finally(() => hands.close())
    .finally(() => before?.letGo());
  const told = plan.documents.map((document, index) => applied(document, outcomes[index]));
  const isDone = (name: string) =>
    told.some((document) => document.name === name && document.outcome === 'done');
  if (plan.changes || ownership.isNews(observed)) await ownership.finish(isDone);
  const { foreground, jobs, images } = hands;
  const expectations = hands.expectations.results;
  const { ended, interrupted } = foreground;
  return {
    file: read.name,
    documents: told,
    ...(images.length > 0 && { images }),
    ...(jobs.done.length > 0 && { steps: jobs.done }),
    ...(expectations.length > 0 && { expectations }),
    jobs: ended,
    ...(interrupted !== undefined && { interrupted }),
  };
}

/** Tells the caller what cannot be undone. */
async function volumesBefore(place: Workplace, caller: Caller, plan: Plan): Promise<VolumesBefore> {
  const { VolumesBefore } = await import('./volume/before.ts');
  const { lasting } = await import('./lasting.ts');
  const before = await VolumesBefore.take(place, caller, plan);
  for (const words of lasting(plan, before)) say(caller, words);
  return before;
}

/** Why something has failed is told at the end. */
function watcherOf({ documents }: Plan, view: ApplyView): Watcher {
  return {
    step: (index, step) => view.step(index, step),
    end(index, { outcome, milliseconds }) {
      const document = documents[index];
      if (document === undefined) return;
      const { kind, name, change } = document;
      view.end(index, { kind, name, change, outcome, ...(milliseconds !== undefined && { milliseconds }) });
    },
  };
}

/** What is done, and then is not as its check wants it, has failed. */
function untilHealthy(
  plan: Plan,
  outcomes: readonly Outcome[],
  hands: HandsOfBoth,
  view: ApplyView | undefined,
): Promise<Outcome[]> {
  return Promise.all(
    outcomes.map(async (outcome, index) => {
      const { kind, name, change } = plan.documents[index] ?? { kind: undefined };
      if (kind !== 'Container' || change === 'remove' || outcome.outcome !== 'done') return outcome;
      view?.wait(index);
      const why = await hands.reachHealth(name).finally(() => view?.waited(index));
      if (why === undefined) return outcome;
      return { ...outcome, outcome: 'failed', error: new ScError('SC_WRONG_STATE', why) };
    }),
  );
}

/** A fault of sc itself is thrown, when all is done. */
function applied({ kind, name, change }: PlanDocument, outcome: Outcome | undefined): AppliedDocument {
  const document = { kind, name, change };
  if (outcome?.outcome !== 'failed') return { ...document, outcome: 'interrupted', ...outcome };
  const { error, milliseconds } = outcome;
  const time = milliseconds === undefined ? {} : { milliseconds };
  return { ...document, outcome: 'failed', error: faultOf(knownError(error)), ...time };
}

function knownError(error: unknown): ScError {
  if (error instanceof ScError) return error;
  if (error instanceof Error && errnoOf(error) !== undefined)
    return failure('SC_SYSTEM_CALL', 'apply a document', error);
  throw error;
}
