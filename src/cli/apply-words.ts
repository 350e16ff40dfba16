import type { Applied, AppliedDocument } from '../schema/answer.ts';
import type { Change, PlanStep } from '../schema/plan.ts';

/** What a document has become, by its change. */
const words: { readonly [change in Change]: string } = {
  none: 'unchanged',
  create: 'created',
  update: 'updated',
  replace: 'replaced',
  start: 'started',
  restart: 'restarted',
  run: 'run',
  remove: 'removed',
};

/** What is done at the moment, behind the name of a document. */
const phases: { readonly [kind in PlanStep['kind']]: string } = {
  image: 'gets its name',
  update: 'is changed',
  stop: 'is stopped',
  remove: 'is removed',
  create: 'is created',
  createNetwork: 'is created',
  removeNetwork: 'is removed',
  removeVolume: 'is removed',
  removeImage: 'is removed',
  createVolume: 'is created',
  start: 'is started',
  wait: 'runs',
  step: 'runs',
  finish: 'is cleaned up',
};

export function phaseOf({ kind }: PlanStep): string {
  return phases[kind];
}

/** A line for a document that is done: `sc: Container "web" created in 0.3s`. What is not done is told with its reason at the end. */
export function doneWords({
  kind,
  name,
  change,
  outcome,
  milliseconds,
}: AppliedDocument): string | undefined {
  if (outcome !== 'done' || change === 'none') return undefined;
  return `sc: ${kind} "${name}" ${words[change]} in ${secondsOf(milliseconds ?? 0)}`;
}

/** How many have become what: `2 created, 1 unchanged`. */
export function describeSummary({ documents }: Pick<Applied, 'documents'>): string {
  const counts = new Map<string, number>();
  for (const { outcome, change } of documents) {
    const word = outcome === 'done' ? words[change] : outcome;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const order = [...Object.values(words).slice(1), 'undone', 'failed', 'skipped', 'interrupted', words.none];
  return order.flatMap((word) => (counts.has(word) ? [`${counts.get(word)} ${word}`] : [])).join(', ');
}

/** `0.3s`, `12.0s`. */
export function secondsOf(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)}s`;
}
