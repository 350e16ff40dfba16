import type { SourceDocument } from '../document/source-document.ts';
import type { Step, StepJob } from '../schema/container-file.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { PlanField, PlanStep } from '../schema/plan.ts';
import { expectationsOf } from './expectations.ts';
import { operationOf, runPart, stepInWords } from './steps.ts';

/** The container of a run step, where its image is known. */
export interface CompiledRun {
  container: ContainerSpec;
  fields: PlanField[];
}

/** What is done for a Job of steps. `runs` are the containers of its run steps, by the numbers of these. */
export function stepsOfJob(
  document: SourceDocument,
  job: StepJob,
  runs: ReadonlyMap<number, CompiledRun>,
  makeRoom: (name: string) => PlanStep[],
): PlanStep[] {
  const { metadata, steps } = job;
  const { name } = metadata;
  const done = steps.flatMap((step, index): PlanStep[] => {
    const part = runPart(document, job, index);
    const awaited = steps.slice(index).some(({ wait }) => wait?.container === step.run?.name);
    const expectations = part === undefined ? [] : expectationsOf(part, step.run?.expect, { awaited });
    return [
      ...(step.run === undefined ? [] : makeRoom(step.run.name)),
      {
        kind: 'step',
        name,
        ...placeOf(document, step, index),
        step,
        ...runs.get(index),
        ...(expectations.length > 0 && { expectations }),
        reason: stepInWords(step, codeOf(step, steps)),
      },
    ];
  });
  const made = steps.flatMap(({ run }) => run ?? []);
  if (made.length === 0) return done;
  const containers = made.filter(({ keep = false }) => !keep).map((run) => run.name);
  const words = containers.length === 0 ? 'nothing' : containers.join(', ');
  return [...done, { kind: 'finish', name, containers, reason: `delete ${words} of what it has made` }];
}

/** With which the container has to end that a step waits for. */
function codeOf({ wait }: Step, steps: readonly Step[]): number {
  return steps.find(({ run }) => run?.name === wait?.container)?.run?.expect?.exitCode ?? 0;
}

function placeOf({ locate }: SourceDocument, step: Step, index: number) {
  const path = `steps[${index}].${operationOf(step)}`;
  return { path, ...locate(path) };
}
