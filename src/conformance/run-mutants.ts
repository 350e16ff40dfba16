import { ScError } from '../errors/error.ts';
import type { AdapterError } from '../schema/conformance-adapter.ts';
import type { MutantsResult, MutantVerdict, Trouble } from '../schema/conformance-answer.ts';
import type { CaseEvent, RunEvent } from '../schema/conformance-log.ts';
import type { AdapterClient } from './adapter-client.ts';
import { type LoadedCase, readSuite } from './cases.ts';
import { killersOf } from './killers.ts';
import { isOfMutantAlone } from './mutants/fault.ts';
import { leaks } from './mutants/leaks.ts';
import { mutants } from './mutants/mutants.ts';
import { packageDirectory } from './places.ts';
import { runSuite, type SuiteRequest } from './run-suite.ts';
import { adapterOf } from './runtimes.ts';
import { selectCases, type Wanted } from './selection.ts';
import { meaning } from './verdict.ts';
import { startAdapter } from './workshop.ts';

/** Most milliseconds that a mutant is waited for: who does not answer is found out soon. */
const PATIENCE = 2500;

/** How many mutants are tried at once: much of the time is patience. */
const LANES = 4;

export interface MutantsRequest extends Wanted {
  /** Names of mutants; empty for all that a case names. */
  mutants: readonly string[];
  /** Whether each of them is tried with each case, and not only with those that name it. */
  every: boolean;
  /** Whether all cases are taken to pass on sc without a fault, and are not tried there. */
  assumeSound: boolean;
  /** Of the order of cases. */
  seed: number;
  abort?: AbortSignal | undefined;
}

/**
 * Runs cases on runtimes with a fault, and tells each verdict as it comes. First they run on sc without any, if that is
 * not taken for granted, since a case that fails there fails for another reason. Throws SC_USAGE where there is no such
 * mutant, or nothing to try.
 */
export async function runMutants(
  request: MutantsRequest,
  tell: (verdict: MutantVerdict) => void,
): Promise<MutantsResult> {
  const begin = performance.now();
  const suite = readSuite(packageDirectory());
  const run = (of: Pick<SuiteRequest, 'runtime' | 'adapter' | 'cases' | 'withoutControls' | 'isInCompany'>) =>
    ended({ ...of, suite, seed: request.seed, abort: request.abort });
  const pairs = pairsOf(selectCases(suite.cases, request), request);
  if (pairs.length === 0)
    throw new ScError('SC_USAGE', 'no case names such a mutant', {
      hint: '--every tries each mutant with each case',
    });
  const all = [...new Set(pairs.flatMap(({ cases }) => cases))];
  const unsound = request.assumeSound
    ? []
    : (await run({ runtime: 'sc', adapter: adapterOf('sc'), cases: all })).filter(
        ({ state }) => state !== 'PASS',
      );
  const bad = new Set(unsound.map(({ case: id }) => id));
  const verdicts: MutantVerdict[] = [];
  const again: Pairs[] = [];
  const found = new Map<string, readonly string[]>();
  const takeOver = async (queue: Pairs[], isLast: boolean): Promise<void> => {
    const actor = new Actor();
    try {
      for (let next = queue.shift(); next && !request.abort?.aborted; next = queue.shift()) {
        const { mutant, cases } = next;
        const events = await run({
          ...{ runtime: runtimeOf(mutant), adapter: () => actor.as(mutant) },
          cases: cases.filter((id) => !bad.has(id)),
          // It is to break an expectation, if its fault is not what it leaves.
          ...{ withoutControls: true, isInCompany: !leavesSomething(mutant) },
        });
        const namers = request.every ? namersOf(mutant, suite.cases) : cases;
        const { killers, survived, ...about } = verdictOn(mutant, events, namers);
        const verdict = { ...about, killers: [...(found.get(mutant) ?? []), ...killers].sort(), survived };
        if (isLast || survived.length === 0) {
          verdicts.push(verdict);
          tell(verdict);
          continue;
        }
        found.set(mutant, killers);
        again.push({ mutant, cases: survived.map(({ case: id }) => id) });
      }
    } finally {
      // Who has failed has the others end too.
      queue.length = 0;
      await actor.close();
    }
  };
  // What one leaves on the host is looked for where nobody else makes anything.
  await takeOver(
    pairs.filter(({ mutant }) => leavesSomething(mutant)),
    true,
  );
  const others = pairs.filter(({ mutant }) => !leavesSomething(mutant));
  // Who has most to do begins, so that nobody is waited for alone.
  others.sort((a, b) => b.cases.length - a.cases.length);
  const ends = await Promise.allSettled(Array.from({ length: LANES }, () => takeOver(others, false)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  // Who is told to survive has done so with nobody beside it.
  await takeOver(again, true);
  const order = Object.keys(mutants);
  verdicts.sort((a, b) => order.indexOf(a.mutant) - order.indexOf(b.mutant));
  return {
    mutants: verdicts,
    unsound: unsound.map(troubleOf),
    complete: request.abort?.aborted !== true,
    milliseconds: Math.round(performance.now() - begin),
  };
}

const runtimeOf = (mutant: string) => `mutant:${mutant}`;

const leavesSomething = (mutant: string) => Object.hasOwn(leaks, mutant);

/** One program that is each of the mutants in its turn. Who makes it hang or die gets another one. */
class Actor {
  #client: AdapterClient | undefined;
  #mutant = '';

  as(mutant: string): AdapterClient {
    const isAnother = mutant !== this.#mutant;
    this.#mutant = mutant;
    if (this.#client?.isAlive !== true) {
      this.#client = startAdapter(adapterOf(runtimeOf(mutant)));
      // Requests are taken in their order: the next one is done by the mutant.
    } else if (isAnother) this.#client.call('become', { mutant }, PATIENCE).catch(() => undefined);
    return this.#client;
  }

  async close(): Promise<void> {
    await this.#client?.close();
  }
}

interface Pairs {
  mutant: string;
  cases: string[];
}

/** Of each mutant that is wanted, the cases that are tried on it, if there are any. */
function pairsOf(cases: readonly LoadedCase[], { mutants: names, every }: MutantsRequest): Pairs[] {
  for (const name of names) adapterOf(runtimeOf(name));
  return Object.keys(mutants)
    .filter((mutant) => names.length === 0 || names.includes(mutant))
    .map((mutant) => ({ mutant, cases: every ? cases.map(({ id }) => id) : namersOf(mutant, cases) }))
    .filter((pair) => pair.cases.length > 0);
}

function namersOf(mutant: string, cases: readonly LoadedCase[]): string[] {
  return cases
    .filter(({ value }) => value && killersOf(value).some((killer) => killer.mutant === mutant))
    .map(({ id }) => id);
}

async function ended(
  request: Omit<SuiteRequest, 'profiles' | 'levels' | 'patience' | 'root'>,
): Promise<CaseEvent[]> {
  // To select none is to select all.
  if (request.cases.length === 0) return [];
  const events: CaseEvent[] = [];
  await runSuite({ ...request, profiles: [], levels: [], patience: PATIENCE }, (event) => {
    if (event.event === 'case') events.push(event);
    if (event.event === 'run') expectName(event, request.runtime);
  });
  return events;
}

/** A mutant that another one has stood in for says nothing. */
function expectName({ runtime: { declared, failure } }: RunEvent, runtime: string): void {
  if (declared?.name !== runtime)
    throw new Error(`"${declared?.name ?? failure}" has answered in place of "${runtime}"`);
}

/** Who ends in any way that counts as failed has been found out, but for one that the sound runtime refuses. */
export function verdictOn(
  mutant: string,
  events: readonly CaseEvent[],
  namers: readonly string[],
): MutantVerdict {
  const killers = events.filter((event) => meaning[event.state] === 'failed' && !isRefused(event));
  return {
    mutant,
    fault: mutants[mutant]?.fault ?? '',
    killers: killers.map(({ case: id }) => id).sort(),
    survived: events
      .filter((event) => !killers.includes(event) && namers.includes(event.case))
      .map(troubleOf),
  };
}

function isRefused({ evidence = [] }: CaseEvent): boolean {
  return evidence.some(({ seen, broken }) => {
    const { error } = (seen ?? {}) as { error?: AdapterError };
    return broken !== undefined && error !== undefined && isOfMutantAlone(error);
  });
}

function troubleOf({ case: id, state, reason = 'it passes' }: CaseEvent): Trouble {
  return { case: id, state, reason };
}

/** Whether each mutant was failed by all cases that name it, and by one at least. */
export function allKilled({ mutants: verdicts, unsound, complete }: MutantsResult): boolean {
  return (
    complete &&
    unsound.length === 0 &&
    verdicts.every(({ killers, survived }) => killers.length > 0 && survived.length === 0)
  );
}
