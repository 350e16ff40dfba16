import { parseSignal } from '../linux/signals.ts';
import type { Applied, Diagnosis, Validation } from '../schema/answer.ts';
import type { ExitStatus } from '../schema/container-state.ts';
import { describeDiff } from './describe-diff.ts';
import { codeOfFault, errorWords, problemWords } from './report-error.ts';
import { wrapped } from './table.ts';

/** The code that a foreground run ends with; 125 where the container's own cannot be known. */
export function shellCode({ code }: ExitStatus): number {
  return code ?? 125;
}

/** `0`, `137, oom`, `?, unknown`. */
export function describeExit({ code, cause }: ExitStatus): string {
  return `${code ?? '?'}${cause === 'exit' ? '' : `, ${cause}`}`;
}

/**
 * The code of the first document that has failed: of a Job its own, else what the error gets; or that of the signal which kept others from their beginning.
 */
export function appliedCode({ documents, jobs, expectations = [], interrupted }: Applied): number {
  const codes = documents.map((document) => {
    const { kind, name, outcome, error } = document;
    if (error !== undefined) return codeOfFault(error.code, 'apply');
    if (outcome === 'skipped') return 1;
    const job = kind === 'Job' ? jobs.find((ended) => ended.name === name) : undefined;
    const isExpected = expectations.some((one) => one.job === name && one.result === 'passed');
    return job === undefined || isExpected ? 0 : shellCode(job.exit);
  });
  const failed = codes.find((code) => code !== 0);
  return failed ?? (interrupted === undefined ? 0 : 128 + parseSignal(interrupted));
}

/** What has failed and what was skipped for it, as errors are told. */
export function describeFailures({ documents }: Applied): string {
  return documents
    .flatMap(({ kind, name, error, because }) => {
      if (error !== undefined) return errorWords({ error });
      return because === undefined ? [] : [`sc: ${kind} "${name}" was skipped: ${because}`];
    })
    .join('\n');
}

/** What steps have told: of the rest speaks what the containers write. */
export function describeApplied({ steps = [] }: Applied): string {
  return steps.flatMap(({ diff }) => (diff === undefined ? [] : [describeDiff(diff)])).join('\n');
}

export function describeValidation({ file, documents, unsupported }: Validation): string {
  const names = documents.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  return [
    `${file}: valid (${names})`,
    ...unsupported.map((problem) => `note: ${problemWords(problem)}`),
  ].join('\n');
}

/** A line for each check that is fine, and below the others what follows and what to do: 80 columns at most. */
export function describeDiagnosis({ fit, checks }: Diagnosis): string {
  const width = Math.max(...checks.map(({ name }) => name.length)) + 2;
  const margin = ' '.repeat(STATUS_WIDTH + width);
  const lines = checks.flatMap(({ name, status, found, meaning, remedy }) => {
    const words = [found, meaning, remedy === undefined ? undefined : `Try: ${remedy}`];
    const [first = '', ...more] = words
      .filter((text) => text !== undefined)
      .flatMap((text) => wrapped(text, LINE_WIDTH - margin.length));
    return [
      `${status.padEnd(STATUS_WIDTH)}${name.padEnd(width)}${first}`,
      ...more.map((line) => `${margin}${line}`),
    ];
  });
  const lacking = checks.filter(({ status }) => status === 'warn').length;
  const also = lacking === 0 ? '' : `, but for what ${lacking} warning${lacking === 1 ? ' says' : 's say'}`;
  return [...lines, '', fit ? `Containers can run here${also}.` : 'Containers cannot run here.'].join('\n');
}

const LINE_WIDTH = 80;
const STATUS_WIDTH = 'fail'.length + 2;
