import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { removeTree } from '../linux/remove-tree.ts';
import type { CaseEvent, ConformanceLog, EndEvent, RunEvent, SuiteFacts } from '../schema/conformance-log.ts';
import { AdapterClient } from './adapter-client.ts';
import { type LoadedCase, readSuite, type Suite } from './cases.ts';
import { fingerprint } from './host-needs.ts';
import { Interrupted } from './interrupted.ts';
import { readKnownMistakes, withKnownMistake } from './known-mistakes.ts';
import { packageDirectory } from './places.ts';
import { SharedPrograms } from './programs.ts';
import { selectCases, type Wanted } from './selection.ts';
import { shuffled } from './shuffle.ts';
import { type Bench, tryCase } from './trial.ts';
import { countsOf } from './verdict.ts';

/** Milliseconds for an adapter to say what its runtime is. */
const INTRODUCTION = 20_000;

export interface SuiteRequest extends Wanted {
  /** What the runtime is called in the log. */
  runtime: string;
  /** argv of its adapter, or who has one that outlives the run. */
  adapter: readonly string[] | (() => AdapterClient);
  /** Of the order of cases. */
  seed: number;
  /** Most milliseconds that anything is waited for; without it as long as each case says. */
  patience?: number | undefined;
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
  const programs = new SharedPrograms(join(directory, 'programs'));
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
    for (const one of cases) {
      if (abort?.aborted) break;
      const event =
        description === undefined
          ? unreached(one, failure)
          : withKnownMistake(
              await tryCase(one, {
                description,
                host,
                programs,
                directory,
                patience,
                adapter: () => workshop.adapter(),
                next: () => workshop.next(),
              }),
              description.name,
              mistakes,
            );
      ended.push(event);
      tell(event);
    }
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

/** Where the attempts are made, and the adapter that is alive. */
class Workshop implements Pick<Bench, 'directory' | 'host' | 'adapter' | 'next'> {
  readonly host = fingerprint();
  readonly directory: string;
  readonly #source: SuiteRequest['adapter'];
  #client: AdapterClient | undefined;
  #attempts = 0;

  constructor(directory: string, source: SuiteRequest['adapter']) {
    this.directory = directory;
    this.#source = source;
  }

  adapter(): AdapterClient {
    if (typeof this.#source === 'function') return this.#source();
    if (this.#client?.isAlive !== true) this.#client = startAdapter(this.#source);
    return this.#client;
  }

  next(): string {
    this.#attempts++;
    return `k${process.pid.toString(36)}x${this.#attempts}`;
  }

  async close(): Promise<void> {
    await this.#client?.close();
  }
}

/** With nothing of the caller's but what programs are found and written with. */
export function startAdapter(argv: readonly string[]): AdapterClient {
  const { PATH, HOME, TMPDIR } = process.env;
  return new AdapterClient(argv, { PATH, HOME, LC_ALL: 'C', ...(TMPDIR !== undefined && { TMPDIR }) });
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
