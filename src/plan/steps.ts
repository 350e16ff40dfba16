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

/** Whether two references are one name, with its tag. */
export function isSameImage(one: string, other: string): boolean {
  return tagged(one) === tagged(other) && one !== 'host';
}

/** Whether a reference is a name, or the end of it after a `/`: what it leads to the store knows when its turn comes. */
function mayStandFor(reference: string, name: string): boolean {
  return isSameImage(name, reference) || tagged(name).endsWith(`/${tagged(reference)}`);
}

/** What is no name is itself alone. */
function tagged(text: string): string {
  const { kind } = parseImageReference(text, '/');
  return kind !== 'name' || /:[^/]*$/.test(text) ? text : `${text}:latest`;
}

/** The images of which nothing is known, since a Job of the same file makes them, each where it is named. */
export function imagesOfLater(documents: readonly SourceDocument[]): Problem[] {
  const made = documents.flatMap(({ value }) =>
    isOfSteps(value)
      ? value.steps.flatMap(({ commit }, index) =>
          commit === undefined ? [] : [{ value, index, image: commit.image }],
        )
      : [],
  );
  return documents.flatMap((document) =>
    namedIn(document).flatMap(({ part, path, image }) => {
      const maker = made.find((one) => one.value !== document.value && isSameImage(one.image, image));
      if (maker === undefined) return [];
      const words = `steps[${maker.index}].commit of Job "${maker.value.metadata.name}" makes image "${image}"`;
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

/** A step in words: `copy ./app to build:/srv`. */
export function stepInWords({ copy, run, stop, wait, commit, diff, attach }: Step): string {
  if (copy !== undefined) return `copy ${copy.from} to ${copy.to}`;
  if (run !== undefined) return `run ${run.name} of ${run.image}`;
  if (stop !== undefined) return `stop ${stop.container}`;
  if (wait !== undefined) return `wait for the end of ${wait.container}, with code 0`;
  if (commit !== undefined) return `commit ${commit.container} as ${commit.image}`;
  if (diff !== undefined) return `tell what ${diff.container} has changed`;
  return `attach to ${attach?.container}`;
}
