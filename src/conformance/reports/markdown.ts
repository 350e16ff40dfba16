import type { RunRecord } from '../log-file.ts';
import type { Statement } from '../specification/statement.ts';
import { reportOf } from './json.ts';
import { suiteWords } from './suite-words.ts';

/** Tables for people: the runs, what each can claim, and what did not pass. */
export function markdownOf(
  suite: { version: string; statements: readonly Statement[] },
  runs: readonly RunRecord[],
): string {
  const report = reportOf(suite, runs);
  const names = report.runs.map(({ runtime }) => runtime.declared?.name ?? runtime.argument);
  const profiles = report.runs[0]?.profiles.map(({ profile }) => profile) ?? [];
  const parts = [
    `# Conformance to version ${report.specification}`,
    table(
      [
        'runtime',
        'version',
        'passed',
        'failed',
        'incomplete',
        'unsupported',
        'not applicable',
        'host',
        'suite',
      ],
      report.runs.map(({ runtime, tally, host, suite: measured, complete }, index) => [
        `${names[index]}${complete ? '' : ' (interrupted)'}`,
        runtime.declared?.version ?? '',
        ...[tally.passed, tally.failed, tally.incomplete, tally.unsupported, tally.notApplicable].map(String),
        `Linux ${host.kernel}, ${host.processor}, control groups ${host.controlGroups}`,
        suiteWords(measured),
      ]),
    ),
    '## Profiles',
    'Musts that passed, of all. A profile can be claimed where it stands in bold: each must has passed.',
    table(
      ['profile', ...names],
      profiles.map((profile, index) => [
        profile,
        ...report.runs.map(({ profiles: verdicts }) => {
          const verdict = verdicts[index];
          const share = `${verdict?.passed} of ${verdict?.musts}`;
          const failed = verdict?.failed ? `, ${verdict.failed} failed` : '';
          return verdict?.conforms ? `**${share}**` : `${share}${failed}`;
        }),
      ]),
    ),
    ...report.runs.flatMap(({ troubles }, index) =>
      troubles.length === 0
        ? []
        : [
            `## What did not pass on ${names[index]}`,
            table(
              ['case', 'state', 'reason'],
              troubles.map(({ case: id, state, reason }) => [`\`${id}\``, state, reason]),
            ),
          ],
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** On one line, with nothing that would be markup of a table or of HTML. */
function cell(text: string): string {
  const short = text.length > 300 ? `${text.slice(0, 300)}...` : text;
  return short.replace(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
