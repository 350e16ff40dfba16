import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeclaredFeatures } from '../src/backend/features.ts';
import { membersByOperation, operationsOf } from '../src/backend/operations.ts';
import { backendNames, featuresOf, openBackend } from '../src/backend/registry.ts';
import type { OperationName, Support } from '../src/schema/features.ts';
import { type FieldPath, fieldPaths } from '../src/schema/field-paths.ts';

export const backendsPage = 'docs/backends.md';

const BEGIN = '<!-- From the features of the backends by `npm run generate`; not to be edited. -->';
const END = '<!-- Until here. -->';

/** The page about backends, its tables as the backends declare their features now. */
export async function backendsPageText(root: string): Promise<string> {
  const text = readFileSync(join(root, backendsPage), 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${backendsPage} has no place for its tables`);
  const features = await Promise.all(backendNames.map(featuresOf));
  const tables = [supportTable(features), reasonTable(features), await operationTable()];
  return `${before}${BEGIN}\n\n${tables.join('\n\n')}\n\n${END}${after}`;
}

/** Neighbours in the schema of which every backend says the same, for what every one has the same reasons. */
function groups(features: readonly DeclaredFeatures[]): FieldPath[][] {
  const keyOf = (path: FieldPath) =>
    JSON.stringify([parentOf(path), ...features.map(({ fields }) => fields[path])]);
  return [...Map.groupBy(fieldPaths, keyOf).values()];
}

function supportTable(features: readonly DeclaredFeatures[]): string {
  const rows = groups(features).map((paths) => {
    const [first = 'apiVersion'] = paths;
    return [names(paths), ...features.map(({ fields }) => cell(fields[first]))];
  });
  return markdownTable(['field', ...features.map(({ backend }) => backend)], rows);
}

function reasonTable(features: readonly DeclaredFeatures[]): string {
  const rows = groups(features).flatMap((paths) => {
    const [first = 'apiVersion'] = paths;
    const reasons = features.flatMap(({ backend, fields }) => {
      const support = fields[first];
      return 'reason' in support ? [{ backend, reason: support.reason }] : [];
    });
    return [...Map.groupBy(reasons, ({ reason }) => reason)].map(([reason, backends]) => [
      names(paths),
      backends.map(({ backend }) => backend).join(', '),
      reason,
    ]);
  });
  return markdownTable(['not all of', 'with', 'because'], rows);
}

/** What can be done with the containers of each, and what one has to have for that. */
async function operationTable(): Promise<string> {
  const backends = await Promise.all(backendNames.map((name) => openBackend(name, '/nonexistent')));
  const supports = backends.map(operationsOf);
  const keyOf = ([operation, members]: [string, readonly string[]]) =>
    JSON.stringify([members, supports.map((support) => support[operation as OperationName].support)]);
  const rows = [...Map.groupBy(membersByOperation, keyOf).values()].map((alike) => {
    const [[first, members]] = alike as [[OperationName, readonly string[]]];
    return [
      alike.map(([operation]) => `\`${operation}\``).join(', '),
      ...supports.map((support) => ({ all: 'yes', some: 'in part', none: '-' })[support[first].support]),
      members.length === 0 ? 'what each has' : members.map((member) => `\`${member}\``).join(', '),
    ];
  });
  return markdownTable(['operation', ...backendNames, 'takes of a backend'], rows);
}

/** `monitor.restart.policy`, `maxRetries`: the first whole, the others by their last names. */
function names(paths: readonly FieldPath[]): string {
  return paths
    .map((path, index) => `\`${index === 0 ? path : path.slice(parentOf(path).length).replace(/^\./, '')}\``)
    .join(', ');
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')));
}

function cell(support: Support): string {
  if (support.support === 'none') return '-';
  const since = support.since === undefined ? '' : ` (${support.since})`;
  if (support.support === 'all') return `yes${since}`;
  const beginnings = (support.beginnings ?? []).map((beginning) => `${beginning}...`);
  return `${[...support.values, ...beginnings].map((value) => `\`${value}\``).join(', ')}${since}`;
}

function markdownTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heading), `|${heading.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}
