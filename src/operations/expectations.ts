import { ScError } from '../errors/error.ts';
import type { Problem } from '../errors/problem.ts';
import type { AppliedExpectation, Ended } from '../schema/answer.ts';
import type { Expectation, Plan } from '../schema/plan.ts';
import { Beginning } from './beginning.ts';
import { withContainerRoot } from './copy/container-root.ts';
import { resolvePath } from './copy/resolve.ts';
import { type EndFacts, foundInstead } from './expected.ts';
import type { Listeners } from './output.ts';
import type { Workplace } from './workplace.ts';

/** Bytes of a stream that are looked at. */
const MOST = 4 * 1024 * 1024;

/** What a file expects of a container and does not hold, each with its place. */
export class UnmetError extends ScError {
  readonly problems: readonly Problem[];

  constructor(container: string, problems: readonly Problem[]) {
    const count = problems.length === 1 ? 'one expectation' : `${problems.length} expectations`;
    super('SC_STEP_FAILED', `"${container}": ${count} of the file did not hold`);
    this.name = 'UnmetError';
    this.problems = problems;
  }
}

/** Looks whether the containers of Jobs are at their end as their file expects. */
export class Expectations {
  readonly #place: Workplace;
  readonly #file: string;
  /** By the names of the containers, in the order of the plan. */
  readonly #results = new Map<string, AppliedExpectation[]>();
  readonly #heard = new Map<string, Listeners>();

  constructor(place: Workplace, file: string, { steps }: Pick<Plan, 'steps'>) {
    this.#place = place;
    this.#file = file;
    for (const step of steps) {
      if (step.kind !== 'wait' && step.kind !== 'step') continue;
      const { name: job, expectations = [] } = step;
      const container = step.kind === 'wait' ? job : step.step.run?.name;
      if (container === undefined || expectations.length === 0) continue;
      const results = expectations.map((one) => ({ job, container, ...one, result: 'unchecked' as const }));
      this.#results.set(container, results);
      this.#heard.set(container, listenersFor(expectations));
    }
  }

  get results(): AppliedExpectation[] {
    return [...this.#results.values()].flat();
  }

  /** Whether something is expected of a container, as is its code then. */
  has(container: string): boolean {
    return this.#results.has(container);
  }

  /** Who has to hear what a container writes. */
  listeners(container: string): Listeners {
    return this.#heard.get(container) ?? {};
  }

  /** Throws UnmetError with all that does not hold of a container that has ended. */
  async check({ id, name, exit, startedAt, finishedAt }: Ended): Promise<void> {
    const results = this.#results.get(name);
    if (results === undefined) return;
    const milliseconds = Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt));
    const facts: EndFacts = {
      ...{ exit, milliseconds, heard: this.listeners(name) },
      missing: await this.#missing(id, results),
      changes: await this.#changes(id, results),
    };
    const judged = results.map((one): AppliedExpectation => {
      const reason = foundInstead(one, facts);
      if (reason === undefined) return { ...one, result: 'passed', milliseconds };
      return { ...one, result: 'failed', reason, milliseconds };
    });
    this.#results.set(name, judged);
    const problems = judged.flatMap(({ path, line, column, reason }): Problem[] =>
      reason === undefined ? [] : [{ file: this.#file, line, column, path, message: reason }],
    );
    if (problems.length > 0) throw new UnmetError(name, problems);
  }

  /** In its own root, in which no link leads out of it. */
  async #missing(id: string, wanted: readonly Expectation[]): Promise<Map<string, string>> {
    const missing = new Map<string, string>();
    const files = wanted.flatMap(({ path, wanted: file }) =>
      /(^|\.)expect\.files\[\d+\]$/.test(path) ? [String(file)] : [],
    );
    if (files.length === 0) return missing;
    await withContainerRoot(this.#place, id, async (root) => {
      for (const file of files) {
        try {
          const { trail, isThere } = resolvePath(root, Buffer.from(file), { followLast: true });
          trail.close();
          if (!isThere) missing.set(file, `there is no "${file}"`);
        } catch (error) {
          if (!(error instanceof ScError)) throw error;
          missing.set(file, error.code === 'SC_NOT_FOUND' ? `there is no "${file}"` : error.message);
        }
      }
    });
    return missing;
  }

  async #changes(id: string, wanted: readonly Expectation[]): Promise<string[]> {
    if (!wanted.some(({ path }) => /(^|\.)expect\.diff\./.test(path))) return [];
    const { diff } = await import('./diff.ts');
    const { changes } = await diff({ after: id }, this.#place.settings);
    return changes.map(({ kind, path, pathBase64 = '' }) => {
      return `${kind} ${path ?? Buffer.from(pathBase64, 'base64').toString('latin1')}`;
    });
  }
}

function listenersFor(expectations: readonly Expectation[]): Listeners {
  const isOf = (stream: string) => expectations.some(({ path }) => path.includes(`expect.${stream}.`));
  return {
    ...(isOf('stdout') && { stdout: new Beginning(MOST) }),
    ...(isOf('stderr') && { stderr: new Beginning(MOST) }),
  };
}
