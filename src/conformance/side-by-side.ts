import type { CaseEvent } from '../schema/conformance-log.ts';
import type { LoadedCase } from './cases.ts';
import { leaksSince, snapshotHost } from './leaks.ts';
import { type Bench, tryCase } from './trial.ts';

/** How many cases are tried at each place before the host is looked at for what they have left. */
const CASES_OF_A_PLACE = 8;

/** States that say nothing of what was tried beside it. */
const isSettled = ({ state }: CaseEvent) =>
  ['PASS', 'UNSUPPORTED', 'NOT-APPLICABLE', 'PRECONDITION'].includes(state);

/**
 * Tries cases at several places at the same time, and tells how each has ended. What is left on the host is looked for when
 * all places are empty; then, and where a case has not passed, cases are tried again alone: who is told to have failed has
 * failed with nobody beside it.
 */
export async function trySideBySide(
  cases: readonly LoadedCase[],
  benches: readonly Bench[],
  { abort, tell }: { abort?: AbortSignal | undefined; tell(event: CaseEvent): void },
): Promise<void> {
  const [alone] = benches;
  if (alone === undefined) return;
  const size = benches.length === 1 ? 1 : benches.length * CASES_OF_A_PLACE;
  for (let first = 0; first < cases.length && !abort?.aborted; first += size) {
    const wave = cases.slice(first, first + size);
    const { ended, left } =
      wave.length === 1
        ? { ended: new Map<LoadedCase, CaseEvent>(), left: [] }
        : await tryWave(wave, benches, abort);
    const again: CaseEvent[] = [];
    for (const one of wave) {
      const event = ended.get(one);
      if (event && isSettled(event) && left.length === 0) tell(event);
      else if (abort?.aborted) break;
      else again.push(await tryCase(one, alone));
    }
    for (const event of again)
      tell(left.length > 0 && again.every(isSettled) ? withLeft(event, left) : event);
  }
}

/** What all of them have left cannot be told apart. */
async function tryWave(
  wave: readonly LoadedCase[],
  benches: readonly Bench[],
  abort: AbortSignal | undefined,
): Promise<{ ended: Map<LoadedCase, CaseEvent>; left: string[] }> {
  const before = snapshotHost();
  const waiting = [...wave];
  const ended = new Map<LoadedCase, CaseEvent>();
  await Promise.all(
    benches.map(async (bench) => {
      for (let one = waiting.shift(); one && !abort?.aborted; one = waiting.shift())
        ended.set(one, await tryCase(one, { ...bench, isInCompany: true }));
    }),
  );
  return { ended, left: await leaksSince(before, benches[0]?.patience) };
}

/** Who has left something beside others and nothing alone is not known: none of them is told to have passed. */
function withLeft(event: CaseEvent, left: readonly string[]): CaseEvent {
  const reason = `when it was tried beside others, one of them has left ${left.join(', ')}; try --jobs 1`;
  return event.state === 'PASS' ? { ...event, state: 'ERROR', reason } : event;
}
