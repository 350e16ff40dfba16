import type { Plan, PlanDocument, PlanStep, Prerequisite } from '../schema/plan.ts';
import { type Stacks, withUndo } from './undo.ts';
import { type Hands, walk } from './walk.ts';

/** Who does the documents of a plan. */
export interface Crew extends Hands {
  /**
   * Resolves when a document whose steps are done is as far as it has to be for those that come after it, or with why
   * it will not be.
   */
  reach(prerequisite: Prerequisite): Promise<string | undefined>;
}

/** What has become of a document. */
export type Outcome = (
  | { outcome: 'done' | 'interrupted' | 'undone' }
  | { outcome: 'failed'; error: unknown }
  | { outcome: 'skipped'; because: string }
) & {
  /** From its first step; not there where none was begun. */
  milliseconds?: number;
};

/** Who watches how far the documents are, by their place in the plan. */
export interface Watcher {
  /** A step of it is begun. */
  step(index: number, step: PlanStep): void;
  end(index: number, outcome: Outcome): void;
}

interface Task {
  document: PlanDocument;
  steps: readonly PlanStep[];
  done: Promise<Outcome>;
}

/** How many documents are worked on at the same time. */
const AT_ONCE = 8;

/**
 * Does the documents of a plan, each when those are done that come before it: as many at a time as may be, but for Jobs,
 * which have the streams of the caller to themselves. Where one fails, its steps are undone, those after it are skipped,
 * and all others are done. Once it is interrupted none is begun. With `held` what was done can still be undone, and none is
 * begun either once one has failed: see `conclude`.
 */
export async function walkDocuments(
  plan: Plan,
  crew: Crew,
  { held, watcher }: { held?: Stacks | undefined; watcher?: Watcher | undefined } = {},
): Promise<Outcome[]> {
  const tasks = new Map<string, Task>();
  const [lanes, foreground] = [new Lanes(AT_ONCE), new Lanes(1)];
  const failures: unknown[] = [];
  let begun = 0;
  for (const [index, document] of plan.documents.entries()) {
    const steps = plan.steps.slice(begun, begun + document.steps);
    begun += document.steps;
    const lane = document.kind === 'Job' ? foreground : lanes;
    const onStep = (step: PlanStep) => watcher?.step(index, step);
    const done = doDocument(document, steps, { tasks, lane, crew, held, failures, onStep });
    void done.then((outcome) => watcher?.end(index, outcome));
    tasks.set(keyOf(document), { document, steps, done });
  }
  return Promise.all([...tasks.values()].map(({ done }) => done));
}

/**
 * Settles what was held where all is done; else undoes it, the last first, and answers what has become of the documents
 * then. Jobs have ended, and stay so.
 */
export async function conclude(
  { documents }: Plan,
  outcomes: readonly Outcome[],
  held: Stacks,
): Promise<Outcome[]> {
  if (outcomes.every(({ outcome }) => outcome === 'done')) {
    await held.settle();
    return [...outcomes];
  }
  const errors = await held.undo();
  const [error] = errors;
  const isUndone = ({ outcome }: Outcome, index: number) => {
    const { kind, steps = 0 } = documents[index] ?? {};
    return outcome === 'done' && steps > 0 && kind !== 'Job';
  };
  if (error !== undefined && !outcomes.some(isUndone)) return toldByFirst(outcomes, errors);
  return outcomes.map((outcome, index) => {
    if (!isUndone(outcome, index)) return outcome;
    return { ...outcome, ...(error === undefined ? { outcome: 'undone' } : { outcome: 'failed', error }) };
  });
}

/** What could not be undone is told where no document that was done can tell it: by the one for which all is undone. */
function toldByFirst(outcomes: readonly Outcome[], errors: readonly Error[]): Outcome[] {
  const first = outcomes.findIndex(({ outcome }) => outcome === 'failed' || outcome === 'interrupted');
  return outcomes.map((outcome, index) => {
    if (index !== first) return outcome;
    if (outcome.outcome === 'failed') return { ...outcome, error: withUndo(outcome.error, errors) };
    return { ...outcome, outcome: 'failed', error: errors[0] };
  });
}

interface Surroundings {
  /** Of the documents before. */
  tasks: ReadonlyMap<string, Task>;
  lane: Lanes;
  crew: Crew;
  held: Stacks | undefined;
  /** Of all documents. */
  failures: unknown[];
  onStep: (step: PlanStep) => void;
}

async function doDocument(
  document: PlanDocument,
  steps: readonly PlanStep[],
  { tasks, lane, crew, held, failures, onStep }: Surroundings,
): Promise<Outcome> {
  if (steps.length === 0) return { outcome: 'done' };
  let begun = 0;
  const taken = () => ({ milliseconds: Math.round(performance.now() - begun) });
  try {
    const isRemoval = document.change === 'remove';
    // It may have what another needs, such as a port.
    const removals = [...tasks.values()].filter((task) => task.document.change === 'remove');
    if (!isRemoval) await Promise.all(removals.map(({ done }) => done));
    const obstacles = await Promise.all(
      document.after.map((prerequisite) => obstacle(prerequisite, tasks, crew)),
    );
    if (crew.interrupted !== undefined) return { outcome: 'interrupted' };
    const because = obstacles.find((words) => words !== undefined);
    if (because !== undefined) return { outcome: 'skipped', because };
    return await lane.take(async () => {
      if (held !== undefined && failures.length > 0)
        return { outcome: 'skipped', because: 'another document has failed' };
      begun = performance.now();
      const isDone = await walk(steps, crew, { held: held?.add(), onStep });
      return { outcome: isDone ? 'done' : 'interrupted', ...taken() };
    });
  } catch (error) {
    failures.push(error);
    return { outcome: 'failed', error, ...(begun > 0 && taken()) };
  }
}

/** Why a document that comes before another is not as far as it has to be, in words. */
async function obstacle(
  prerequisite: Prerequisite,
  tasks: ReadonlyMap<string, Task>,
  crew: Crew,
): Promise<string | undefined> {
  const { kind, name } = prerequisite;
  const task = tasks.get(keyOf(prerequisite));
  const { outcome } = (await task?.done) ?? { outcome: 'done' };
  if (outcome === 'done') return crew.reach(prerequisite);
  return `${kind} "${name}" ${outcome === 'failed' ? 'has failed' : `was ${outcome}`}`;
}

function keyOf({ kind, name }: Pick<PlanDocument, 'kind' | 'name'>): string {
  return `${kind} ${name}`;
}

/** So many at a time, and the others in the order in which they come. */
class Lanes {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async take<Result>(action: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await action();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
