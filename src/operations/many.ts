import { ScError } from '../errors/error.ts';
import { faultOf } from '../errors/fault.ts';
import type { ContainerName, FailedReference } from '../schema/operations/many.ts';

/** Form of schema/operations/many.schema.json. */
interface ManyResult<Done = ContainerName> {
  /** In the order in which they were named. */
  containers: Done[];
  failures: FailedReference[];
}

type Outcome<Done> = { done: Done } | { failure: FailedReference };

/**
 * Does something with each container that is named, also where it fails with another; one that is named
 * twice in the same words is so once. Whoever waits for what happens inside has several going on `atOnce`.
 * Throws only what is no ScError.
 */
export async function tryEach<Done = ContainerName>(
  references: readonly string[],
  action: (reference: string) => Promise<Done>,
  { atOnce = 1 }: { atOnce?: number } = {},
): Promise<ManyResult<Done>> {
  const wanted = [...new Set(references)];
  const outcomes: Outcome<Done>[] = [];
  // Each takes the next that nobody has taken.
  const queue = wanted.entries();
  const work = async () => {
    for (const [index, reference] of queue) outcomes[index] = await tryOne(reference, action);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, wanted.length) }, work));
  return {
    containers: outcomes.flatMap((outcome) => ('done' in outcome ? [outcome.done] : [])),
    failures: outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : [])),
  };
}

async function tryOne<Done>(
  reference: string,
  action: (reference: string) => Promise<Done>,
): Promise<Outcome<Done>> {
  try {
    return { done: await action(reference) };
  } catch (error) {
    if (!(error instanceof ScError)) throw error;
    return { failure: { reference, error: faultOf(error) } };
  }
}
