import { visible } from '../errors/visible.ts';
import { parseSignal } from '../linux/signals.ts';
import type { Applied, Diagnosis, Validation } from '../schema/answer.ts';
import type { ContainerState, ExitStatus } from '../schema/container-state.ts';
import type { ListResult } from '../schema/operations/list.ts';
import { problemWords } from './report-error.ts';
import { age, table, wrapped } from './table.ts';

/** The code that a foreground run ends with; 125 where the container's own cannot be known. */
export function shellCode({ code }: ExitStatus): number {
  return code ?? 125;
}

/** The code of the first Job that failed, or that of the signal which kept others from their beginning. */
export function appliedCode({ jobs, interrupted }: Applied): number {
  const failed = jobs.map(({ exit }) => shellCode(exit)).find((code) => code !== 0);
  return failed ?? (interrupted === undefined ? 0 : 128 + parseSignal(interrupted));
}

export function describeListing({ containers, broken }: ListResult, now: number): string {
  const rows = containers.map((state) => [
    state.id.slice(0, 12),
    state.name,
    describeStatus(state),
    visible(describeImage(state)),
    shortened(visible(state.spec.process.args.join(' '))),
    `${age(state.createdAt, now)} ago`,
  ]);
  const lost = broken.map(({ id, code }) => [id.slice(0, 12), '', `broken (${code})`]);
  // The reasons are longer than any column.
  const reasons = broken.map(({ message }) => visible(message));
  return [
    table([['ID', 'NAME', 'STATUS', 'IMAGE', 'COMMAND', 'CREATED'], ...rows, ...lost]),
    ...reasons,
  ].join('\n');
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

/** `running`, `stopped (3)`, `stopped (137, oom)`. */
function describeStatus({ status, exit }: ContainerState): string {
  if (exit === undefined) return status;
  const cause = exit.cause === 'exit' ? '' : `, ${exit.cause}`;
  return `${status} (${exit.code ?? '?'}${cause})`;
}

function describeImage({ spec: { image } }: ContainerState): string {
  return image.kind === 'host' ? 'host' : image.path;
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= 40 ? line : `${line.slice(0, 37)}...`;
}
