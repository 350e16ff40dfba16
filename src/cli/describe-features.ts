import type { OperationSupport, Support } from '../schema/features.ts';
import { fieldPaths } from '../schema/field-paths.ts';
import type { FeaturesResult } from '../schema/operations/features.ts';
import type { PortabilityResult } from '../schema/operations/portability.ts';
import { table } from './table.ts';

/** A line for each field, in the order of the schema, and for each operation. */
export function describeFeatures({
  backend,
  installed,
  fields,
  operations,
  lacking,
}: FeaturesResult): string {
  const onHost = new Map(lacking.map(({ path, reason }) => [path, reason]));
  const rows = fieldPaths.flatMap((path) => {
    const support = fields[path];
    if (support === undefined) return [];
    const missing = onHost.get(path);
    if (missing !== undefined) return [[path, 'not on this host', missing]];
    return [[path, supportInWords(support), 'reason' in support ? support.reason : '']];
  });
  const heading = installed ? [] : [`${backend} is not installed: this is what it declares.`, ''];
  const done = Object.entries(operations).map(([name, support]) => [
    name,
    operationInWords(support),
    'reason' in support ? support.reason : '',
  ]);
  const fieldTable = table([['FIELD', 'SUPPORTED', 'WHY'], ...rows]);
  const operationTable = table([['OPERATION', 'SUPPORTED', 'WHY'], ...done]);
  return [...heading, fieldTable, '', operationTable].join('\n');
}

function operationInWords({ support }: OperationSupport): string {
  return { all: 'yes', some: 'in part', none: 'no' }[support];
}

/** `all`, `no`, `"none", "host"`, with what it takes: `all (Linux 5.12)`. */
export function supportInWords(support: Support): string {
  if (support.support === 'none') return 'no';
  const since = support.since === undefined ? '' : ` (${support.since})`;
  return `${support.support === 'all' ? 'all' : valuesInWords(support)}${since}`;
}

function valuesInWords({ values, beginnings = [] }: { values: unknown[]; beginnings?: string[] }): string {
  const begun = beginnings.map((beginning) => `${beginning}...`);
  return [...values, ...begun].map((value) => JSON.stringify(value)).join(', ');
}

/** A row for each document and a column for each backend, and below them each field that one cannot honour. */
export function describePortability({ file, backends, documents }: PortabilityResult): string {
  const heading = backends.map(({ backend }) => backend);
  const installed = backends.map((one) => (one.installed ? 'installed' : 'not installed'));
  const rows = documents.map(({ kind, name, backends }) => [
    `${kind} ${name}`,
    ...backends.map(({ runs, refused }) => (runs ? 'yes' : `no (${refused.length})`)),
  ]);
  const refusals = documents.flatMap(({ kind, name, backends }) =>
    backends.flatMap(({ backend, refused }) =>
      refused.map(({ path, line, column, found, reason, expected }) => {
        const instead = expected === undefined ? '' : `; expected ${expected}`;
        return `${file}:${line}:${column}: ${backend}: ${kind} ${name}: ${path}: ${found}: ${reason}${instead}`;
      }),
    ),
  );
  const matrix = table([['', ...heading], ['', ...installed], ...rows]);
  return [matrix, ...(refusals.length > 0 ? ['', ...refusals] : [])].join('\n');
}
