import { formatDuration, formatSize } from '../document/units.ts';
import { signalName } from '../linux/signals.ts';
import type { IdMaps } from '../schema/container-spec.ts';
import type { Drift, FieldChange, Plan, PlanDocument, PlanField, PlanStep } from '../schema/plan.ts';
import { orphanWords } from './owned-things.ts';

const sources = {
  file: 'from the file',
  image: 'from the image',
  default: 'default',
  commandLine: 'from the command line',
} as const;

/** A plan in words: each step with its reason, and each field of a container with who said it. */
export function explainPlan(plan: Plan): string {
  const beside = [...(plan.drift ?? []).map(explainDrift), ...(plan.orphans ?? []).map(orphanWords)];
  if (!plan.changes) return [`${plan.file}: nothing to change`, ...beside].join('\n');
  const count = `${plan.steps.length} step${plan.steps.length === 1 ? '' : 's'}`;
  const { steps } = plan;
  let begun = 0;
  const words = plan.documents.flatMap((document) => {
    const [first, own] = [begun, steps.slice(begun, begun + document.steps)];
    begun += own.length;
    return own.flatMap((step, index) => {
      const [line = '', ...fields] = explainStep(step, first + index);
      return [line, ...(index === 0 ? explainOrder(document) : []), ...fields];
    });
  });
  return [`${plan.file}: ${count}`, ...words, ...beside].join('\n');
}

function explainDrift({ name, what, changes = [] }: Drift): string {
  const was = { image: 'the name of its image leads to another', changed: 'it was changed' };
  const words = what === 'image' || what === 'changed' ? was[what] : `it was ${what}`;
  return [`since it was applied, "${name}": ${words}`, ...changes.map(explainChange)].join('\n');
}

const conditions = { started: 'is started', healthy: 'is healthy', completed: 'has ended with code 0' };

/** Others are there before all containers. */
function explainOrder({ after }: PlanDocument): string[] {
  const words = after.flatMap(({ name, condition }) =>
    condition === undefined ? [] : [`${name} ${conditions[condition]}`],
  );
  return words.length === 0 ? [] : [`   after ${words.join(', ')}`];
}

function explainStep(step: PlanStep, index: number): string[] {
  const line = `${index + 1}. ${step.kind} ${step.name}: ${step.reason}`;
  if (step.kind === 'image') return [line, `   from  ${step.from}`, `   id    ${step.id}`];
  const changes = 'changes' in step ? (step.changes ?? []) : [];
  const fields = 'fields' in step ? (step.fields ?? []) : [];
  return [line, ...changes.map(explainChange), ...explainFields(fields)];
}

/** `resources.memory: 256Mi -> 512Mi`. */
function explainChange({ path, ...change }: FieldChange): string {
  const [before, after] = [change.before, change.after].map((value) =>
    value === undefined ? 'nothing' : inWords(path, value),
  );
  return `   ${path}: ${before} -> ${after}`;
}

function explainFields(fields: readonly PlanField[]): string[] {
  const rows = fields.map(({ path, value, source, remark }) => [
    path,
    sources[source],
    inWords(path, value) + (remark === undefined ? '' : ` (${remark})`),
  ]);
  const widths = [0, 1].map((column) =>
    Math.min(60, Math.max(0, ...rows.map((row) => row[column]?.length ?? 0))),
  );
  return rows.map((row) => `   ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`);
}

/** As the file would say it, where the container has a number. */
const wordings: { readonly [path: string]: (value: number) => string } = {
  'process.umask': (mode) => mode.toString(8).padStart(4, '0'),
  'resources.memory': formatSize,
  'resources.memorySwap': (bytes) => (bytes === -1 ? 'unlimited' : formatSize(bytes)),
  'resources.memoryReservation': formatSize,
  'resources.shm': formatSize,
  'resources.pids': (limit) => (limit === -1 ? 'unlimited' : String(limit)),
  'signals.stopSignal': signalName,
  'signals.stopTimeout': (milliseconds) => (milliseconds === -1 ? 'forever' : formatDuration(milliseconds)),
};

function inWords(path: string, value: unknown): string {
  const wording = wordings[path];
  if (wording !== undefined && typeof value === 'number') return wording(value);
  if (path === 'security.userNamespace' && isMaps(value)) return mapsInWords(value);
  if (Array.isArray(value))
    return value.length === 0 ? 'none' : value.map((item) => inWords('', item)).join(' ');
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => `${key}=${inWords('', inner)}`);
    return entries.length === 0 ? 'none' : entries.join(' ');
  }
  return typeof value === 'string' ? quoted(value) : String(value);
}

function isMaps(value: unknown): value is IdMaps {
  return typeof value === 'object' && value !== null && 'uids' in value && 'gids' in value;
}

/** `0-65535 as 524288-589823 of the host`, once where users and groups have the same numbers. */
function mapsInWords({ uids, gids }: IdMaps): string {
  const words = (ranges: IdMaps['uids']) =>
    ranges
      .map(({ inside, host, size }) => `${inside}-${inside + size - 1} as ${host}-${host + size - 1}`)
      .join(', ');
  const same = words(uids) === words(gids);
  return same ? `${words(uids)} of the host` : `users ${words(uids)}, groups ${words(gids)} of the host`;
}

/** As a shell would want it, and on one line. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : JSON.stringify(text);
}
