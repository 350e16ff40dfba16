import { problemAt, type SourceDocument } from '../document/source-document.ts';
import type { Problem } from '../errors/problem.ts';
import type { ContainerFile, Job, RunStep, Step, StepJob } from '../schema/container-file.ts';
import { parseImageReference } from './image-reference.ts';

export function isOfSteps(value: ContainerFile): value is StepJob {
  return value.kind === 'Job' && 'steps' in value;
}

/** The container of a run step, as the document that would say the same. */
export function runJob({ name, keep, ...container }: RunStep): Job {
  return { apiVersion: 'standard-container/v1', kind: 'Job', metadata: { name }, ...container };
}

/** What is said of the containers of a file: the documents, and in the place of a Job of steps its run steps. */
export interface Part extends SourceDocument {
  /** Whether its image is made by a step before it, so that nothing is known of that yet. */
  isLate?: boolean;
}

export function partsOf(documents: readonly SourceDocument[]): Part[] {
  return documents.flatMap((document) => {
    const { value } = document;
    if (!isOfSteps(value)) return [document];
    return value.steps.flatMap((_, index) => runPart(document, value, index) ?? []);
  });
}

/** The container of a step of a Job, if that is a run. */
export function runPart(
  { file, locate }: SourceDocument,
  { steps }: StepJob,
  index: number,
): Part | undefined {
  const run = steps[index]?.run;
  if (run === undefined) return undefined;
  const within = `steps[${index}].run`;
  const made = steps.slice(0, index).flatMap(({ commit }) => (commit === undefined ? [] : [commit.image]));
  return {
    value: runJob(run),
    file,
    within,
    locate: (path) => locate(`${within}.${path.replace(/^metadata\.name$/, 'name')}`),
    isLate: made.some((image) => mayStandFor(run.image, image)),
  };
}

/** The same of a run step alone, when its turn has come. */
export function documentOfRun(run: RunStep, file: string): SourceDocument {
  return { value: runJob(run), file, locate: () => ({ line: 1, column: 1 }) };
}

/** Whether a reference may lead to an image of this name: what it leads to the store knows when its turn comes. */
function mayStandFor(reference: string, name: string): boolean {
  if (parseImageReference(reference, '/').kind !== 'name') return false;
  const [, pinned] = /^(.+)@sha256:[0-9a-f]{64}$/.exec(reference) ?? [];
  // With a digest the tag does not count.
  const [wanted, whole] =
    pinned === undefined ? [tagged(reference), tagged(name)] : [withoutTag(pinned), withoutTag(name)];
  return `/${whole}`.endsWith(`/${wanted}`);
}

function tagged(name: string): string {
  return name === withoutTag(name) ? `${name}:latest` : name;
}

function withoutTag(name: string): string {
  return name.replace(/:[^:/]*$/, '');
}

/**
 * The images of which nothing is known, since a Job of the same file makes them, each where it is named. `isThere` says
 * of a reference whether it leads to another image, whatever is made.
 */
export function imagesOfLater(
  documents: readonly SourceDocument[],
  isThere: (reference: string) => boolean,
): Problem[] {
  const made = documents.flatMap(({ value }) =>
    isOfSteps(value)
      ? value.steps.flatMap(({ commit }, index) =>
          commit === undefined ? [] : [{ value, index, image: commit.image }],
        )
      : [],
  );
  return documents.flatMap((document) =>
    namedIn(document).flatMap(({ part, path, image }) => {
      const isReference = path === 'image';
      const maker = made.find(
        (one) =>
          one.value !== document.value &&
          (tagged(one.image) === tagged(image) ||
            (isReference && mayStandFor(image, one.image) && !isThere(image))),
      );
      if (maker === undefined) return [];
      const words = `steps[${maker.index}].commit of Job "${maker.value.metadata.name}" makes image "${maker.image}"`;
      return [problemAt(part, path, `${words}, and what that says is known only then`)];
    }),
  );
}

function namedIn(document: SourceDocument): { part: SourceDocument; path: string; image: string }[] {
  const { value } = document;
  if (value.kind === 'Image') {
    const path = value.name === undefined ? 'metadata.name' : 'name';
    return [{ part: document, path, image: value.name ?? value.metadata.name }];
  }
  return partsOf([document]).flatMap((part) =>
    'image' in part.value ? [{ part, path: 'image', image: part.value.image }] : [],
  );
}

/** The one key of a step. */
export function operationOf(step: Step): string {
  return Object.keys(step)[0] ?? '';
}

/** A step in words: `copy ./app to build:/srv`. `code` is with which a container has to end that is waited for. */
export function stepInWords(
  { copy, run, stop, wait, commit, save, diff, attach }: Step,
  code: number,
): string {
  if (copy !== undefined) return `copy ${copy.from} to ${copy.to}`;
  if (run !== undefined) return `run ${run.name} of ${run.image}`;
  if (stop !== undefined) return `stop ${stop.container}`;
  if (wait !== undefined) return `wait for the end of ${wait.container}, with code ${code}`;
  if (commit !== undefined) return `commit ${commit.container} as ${commit.image}`;
  if (save !== undefined) return `save ${save.images.join(', ')} as ${save.output}`;
  if (diff !== undefined) return `tell what ${diff.container} has changed`;
  return `attach to ${attach?.container}`;
}
