import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { removeTree } from '../linux/remove-tree.ts';
import type { CaseEvent, ConformanceLog, EndEvent, RunEvent, SuiteFacts } from '../schema/conformance-log.ts';
import type { AdapterClient } from './adapter-client.ts';
import { type LoadedCase, readSuite, type Suite } from './cases.ts';
import { Interrupted } from './interrupted.ts';
import { readKnownMistakes, withKnownMistake } from './known-mistakes.ts';
import { packageDirectory } from './places.ts';
import { selectCases, type Wanted } from './selection.ts';
import { shuffled } from './shuffle.ts';
import { trySideBySide } from './side-by-side.ts';
import { countsOf } from './verdict.ts';
import { type AdapterSource, Workshop } from './workshop.ts';

/** Milliseconds for an adapter to say what its runtime is. */
const INTRODUCTION = 20_000;

export interface SuiteRequest extends Wanted {
  /** What the runtime is called in the log. */
  runtime: string;
  adapter: AdapterSource;
  /** How many cases are tried at the same time. Default: 1. */
  jobs?: number | undefined;
  /** Of the order of cases. */
  seed: number;
  /** Most milliseconds that anything is waited for; without it as long as each case says. */
  patience?: number | undefined;
  /** Whether others make containers on this host meanwhile: then nobody looks for what an attempt leaves. */
  isInCompany?: boolean | undefined;
  /** Whether controls are left out. */
  withoutControls?: boolean | undefined;
  /** Ends the run between two cases. */
  abort?: AbortSignal | undefined;
  /** Its cases, where they have been read already. */
  suite?: Suite | undefined;
  /** Top of the repository whose cases these are. Default: that of this package. */
  root?: string | undefined;
}

/**
 * Tries the cases that are wanted, in an order of their own, and tells each event as it comes; the last one is answered.
 * Whatever the runtime does, it goes on to the last case. Throws SC_USAGE where there is no such case.
 */
export async function runSuite(
  {
    runtime,
    adapter,
    seed,
    abort,
    patience,
    isInCompany,
    withoutControls,
    jobs = 1,
    root = packageDirectory(),
    suite = readSuite(root),
    profiles,
    levels,
    cases: patterns,
  }: SuiteRequest,
  tell: (event: ConformanceLog) => void,
): Promise<EndEvent> {
  const begin = performance.now();
  const mistakes = readKnownMistakes(root);
  const cases = shuffled(selectCases(suite.cases, { profiles, levels, cases: patterns }), seed);
  if (cases.length === 0)
    throw new ScError('SC_USAGE', 'no case was selected', {
      hint: 'sc conformance list shows all there are',
    });
  const directory = mkdtempSync(join(tmpdir(), 'sc-conformance-'));
  const workshop = new Workshop(directory, adapter);
  try {
    const introduction = await introduced(workshop.adapter());
    const { description, failure } = introduction;
    const { host } = workshop;
    tell({
      event: 'run',
      form: 1,
      time: new Date().toISOString(),
      runtime: {
        argument: runtime,
        ...(description && { declared: description }),
        ...(failure && { failure: failure.message }),
      },
      suite: factsOf(suite, root),
      host,
      selection: {
        profiles: [...profiles],
        levels: [...levels],
        cases: [...patterns],
        seed,
        selected: cases.length,
      },
    } satisfies RunEvent);
    const ended: CaseEvent[] = [];
    const tellCase = (event: CaseEvent) => {
      ended.push(event);
      tell(event);
    };
    if (description === undefined) for (const one of cases) tellCase(unreached(one, failure));
    else
      await trySideBySide(
        cases,
        workshop.benches(jobs, { description, patience, isInCompany, withoutControls }),
        {
          abort,
          tell: (event) => tellCase(withKnownMistake(event, description.name, mistakes)),
        },
      );
    const end: EndEvent = {
      event: 'end',
      time: new Date().toISOString(),
      counts: countsOf(ended),
      milliseconds: Math.round(performance.now() - begin),
    };
    tell(end);
    return end;
  } finally {
    await workshop.close();
    await removeTree(directory);
  }
}

/** What it says of itself, or why it says nothing: then every case ends so. */
async function introduced(client: AdapterClient) {
  try {
    return { description: await client.describe(INTRODUCTION), failure: undefined };
  } catch (error) {
    const failure = error instanceof Interrupted ? error : new Interrupted('ERROR', String(error));
    return { description: undefined, failure };
  }
}

/** A case that no runtime was there for. */
function unreached({ id, value, profiles, level }: LoadedCase, failure: Interrupted | undefined): CaseEvent {
  return {
    event: 'case',
    case: id,
    title: value?.title ?? id,
    requirements: value?.requirements ?? [],
    ...{ profiles, level },
    state: failure?.state ?? 'ERROR',
    reason: failure?.message ?? 'there is no runtime',
    assertions: 0,
    milliseconds: 0,
  };
}

function factsOf({ version, statements, cases }: Suite, root: string): SuiteFacts {
  const { version: own } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  return {
    version: own,
    specification: version,
    specificationDigest: digestOf(statements.map(({ id, level, text }) => `${id} ${level} ${text}`)),
    casesDigest: digestOf(cases.map(({ file, text }) => `${file}\n${text}`)),
    statements: statements.length,
    cases: cases.length,
  };
}

function digestOf(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part}\0`);
  return `sha256:${hash.digest('hex')}`;
}
