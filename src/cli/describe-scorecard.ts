import { visible } from '../errors/visible.ts';
import type { Scorecard, ScoredCheck } from '../schema/answer.ts';
import { table, wrapped } from './table.ts';

const LINE_WIDTH = 80;

/** A column for each runner that was probed, a row for each check; below, what is weak in sc's own. */
export function describeScorecard({ runtimes, checks }: Scorecard): string {
  const probed = runtimes.filter(({ status }) => status === 'probed');
  const others = runtimes.filter(({ status }) => status !== 'probed');
  const marks = ({ results }: ScoredCheck) =>
    probed.map(({ name }) => (results.find(({ runtime }) => runtime === name)?.ok ? 'ok' : '-'));
  const groups = [...new Set(checks.map(({ group }) => group))];
  const rows = groups.flatMap((group) => [
    [group],
    ...checks
      .filter((check) => check.group === group)
      .map((check) => [`  ${check.name}`, String(check.points).padStart(3), ...marks(check)]),
  ]);
  return [
    table([['', 'of', ...probed.map(({ name }) => name)], ...rows, sum(probed)]),
    '',
    'ok is as it should be, - is weak; --json says what was found, and why it counts.',
    '',
    ...[...probed, ...others].flatMap(({ name, status, version, reason }) =>
      hanging(`${name}: ${status === 'failed' ? 'failed: ' : ''}${visible(reason ?? version ?? '')}`, 2),
    ),
    ...weaknesses(checks),
  ].join('\n');
}

function sum(probed: Scorecard['runtimes']): string[] {
  return ['points', '100', ...probed.map(({ score }) => String(score))];
}

function weaknesses(checks: readonly ScoredCheck[]): string[] {
  const weak = checks.flatMap(({ name, reason, results }) => {
    const own = results.find(({ runtime, ok }) => runtime === 'sc' && !ok);
    if (own === undefined) return [];
    return [`  ${name}`, ...hanging(`${visible(own.found ?? '')}: ${reason}`, 4, 4)];
  });
  return weak.length === 0 ? [] : ['', 'Where sc is weak here:', ...weak];
}

/** In lines of 80 columns, of which the first begins at `first` and the others at `margin`. */
function hanging(text: string, margin: number, first = 0): string[] {
  const [line = '', ...more] = wrapped(text, LINE_WIDTH - margin);
  return [' '.repeat(first) + line, ...more.map((rest) => ' '.repeat(margin) + rest)];
}
