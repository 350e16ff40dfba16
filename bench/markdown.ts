import type { Figures, GrowthReport, Report } from './benchmark.ts';

/** A table for a README, and below it what a reader has to know to believe it. */
export function markdown({
  benchmark,
  host,
  parties,
  tables = [],
  growth = [],
  figures = [],
}: Report): string {
  const versions = Object.values(host.versions);
  return [
    `## ${benchmark}`,
    '',
    ...partiesTable(parties),
    ...tables.flatMap((one) => [`### ${one.title}`, '', ...partiesTable(one.parties)]),
    ...growthTable(growth),
    ...figures.flatMap(figuresTable),
    `Host: Linux ${host.kernel}, ${host.distribution}, ${host.processors} x ${host.processor}, ` +
      `${host.memory} GiB, cgroups ${host.cgroups}, Node ${host.node}${versions.map((version) => `, ${version}`).join('')}.`,
  ].join('\n');
}

function figuresTable({ title, head, rows, notes }: Figures): string[] {
  return [`### ${title}`, '', ...table(head, rows), '', ...notes.map((note) => `- ${note}.`), ''];
}

function partiesTable(parties: Report['parties']): string[] {
  if (parties.length === 0) return [];
  return [
    ...table(
      ['', 'median', 'p90', `times ${parties[0]?.name ?? ''}`, 'by round', 'samples'],
      parties.map(({ name, median, p90, ratio, ratios, samples }) => [
        name,
        milliseconds(median),
        milliseconds(p90),
        ratio.toFixed(2),
        `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`,
        String(samples),
      ]),
    ),
    '',
    ...parties.flatMap(({ name, note }) => (note === undefined ? [] : [`- ${name}: ${note}.`])),
    '',
  ];
}

/** The numbers of things in the first column, and what was fitted below: a + b n^k, of which k says how it grows. */
function growthTable(all: readonly GrowthReport[]): string[] {
  const sizes = all[0]?.times.map(({ size }) => size) ?? [];
  if (sizes.length === 0) return [];
  return [
    ...table(
      ['n', ...all.map(({ name }) => name)],
      sizes.map((size, row) => [
        String(size),
        ...all.map(({ times }) => milliseconds(times[row]?.time ?? 0)),
      ]),
    ),
    '',
    ...all.map(({ name, growth: { start, each, exponent } }) => {
      return `- ${name}: ${start.toFixed(1)} ms + ${each.toFixed(4)} ms * n^${exponent.toFixed(2)}.`;
    }),
    '',
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, 3, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), line(rule), ...rows.map(line)];
}

function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}
