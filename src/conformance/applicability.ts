import type { AdapterDescription } from '../schema/conformance-adapter.ts';
import type { ConformanceCase, Step } from '../schema/conformance-case.ts';
import type { HostFingerprint, ResultState } from '../schema/conformance-log.ts';
import { type Action, actionOf } from './case-rules.ts';
import { lackOf } from './host-needs.ts';
import { fillKnown, type Scope } from './template.ts';

/** A place of `copy` in a container, by its key. */
export const IN_A_CONTAINER = /^([a-z][a-z0-9-]*):(.*)$/;

/** What the suite does itself. */
const own: readonly Action[] = [
  'host',
  'neighbour',
  'look',
  'join',
  'cli',
  'caller',
  'call',
  'hold',
  'held',
  'release',
];

/** What another machine is made with. */
const needsOfNeighbour: readonly string[] = ['root', 'program:ip', 'program:unshare', 'program:nsenter'];

/** Operations of the protocol that a step asks for. */
function operationsOf(step: Step): string[] {
  const action = actionOf(step);
  if (own.includes(action)) return [];
  // The suite finds the process by what the runtime says, and the log of a runtime without one in the streams.
  if (action === 'process') return ['state'];
  return action === 'logs' ? [] : [action];
}

function featuresOf(step: Step): string[] {
  if (step.cli !== undefined) return ['command-line'];
  return step.call === undefined ? [] : ['requests'];
}

/**
 * What a step asks of an operation, such as `stop.signal` or `copy.between`: what a runtime lacks of an operation it
 * declares so.
 */
function detailsOf(step: Step): Field[] {
  const action = actionOf(step);
  const { [action]: request, copy } = step;
  if (typeof request !== 'object' || request === null) return [];
  const isBetween = copy !== undefined && [copy.from, copy.to].every((place) => IN_A_CONTAINER.test(place));
  return [
    ...Object.entries(request).flatMap(([name, value]) => fieldsOf(value, `${action}.${name}`)),
    ...(isBetween ? [{ path: 'copy.between', value: undefined }] : []),
  ];
}

interface Obstacle {
  state: ResultState;
  reason: string;
}

/**
 * The rows of a case's table that are tried on a runtime, or why none is: those that it cannot be asked for are left out,
 * as long as there are others.
 */
export function rowsFor(
  value: ConformanceCase,
  description: AdapterDescription,
  host: HostFingerprint,
): { rows: { row: Scope; index: number }[]; obstacle?: Obstacle | undefined } {
  const all = (value.table ?? [{}]).map((row, index) => {
    return { row: row as Scope, index, obstacle: obstacleOf(value, description, host, row) };
  });
  const rows = all.filter(({ obstacle }) => obstacle?.state !== 'NOT-APPLICABLE');
  const [first] = rows.length === 0 ? all : rows;
  return { rows, obstacle: first?.obstacle };
}

/** Why a case is not tried on a runtime, by what that has declared and by what the suite sees of the host. */
export function obstacleOf(
  { needs = {}, steps, container, containers = {}, neighbour }: ConformanceCase,
  { operations, fields, unsupported = [], features = [] }: AdapterDescription,
  host: HostFingerprint,
  row: Scope = {},
): Obstacle | undefined {
  const wantedOperations = steps.flatMap(operationsOf);
  const wantedFeatures = [...(needs.features ?? []), ...steps.flatMap(featuresOf)];
  const documents = [container, ...Object.values(containers), ...steps.map(({ run }) => run?.with)];
  // Paths of the suite are absolute; what is only known later is not looked at here.
  const known = { tmp: '/tmp', rootfs: '/tmp', ...row };
  const wantedFields = documents.flatMap((document) => fieldsOf(fillKnown(document, known)));
  const foreign = [
    ...wantedOperations.filter((name) => !operations.includes(name)),
    ...wantedFeatures.filter((name) => !(features as string[]).includes(name)),
    ...wantedFields
      .filter((wanted) => !fields.some((field) => isWithin(wanted, field)))
      .map(({ path }) => path),
  ];
  // What no file may say is refused by whoever reads files, whatever else he does not support.
  const isInvalid = steps.some(({ run, expect }) => run !== undefined && expect?.error === 'SC_BAD_FILE');
  const declared = unsupported.filter((field) => !(isInvalid && field.includes('=')));
  const names = [...wantedOperations, ...wantedFeatures].map((path) => ({ path, value: undefined }));
  const lacking = [...names, ...steps.flatMap(detailsOf), ...wantedFields]
    .filter((wanted) => declared.some((field) => isWithin(wanted, field)))
    .map(({ path }) => path);
  if (lacking.length > 0)
    return {
      state: needs.declared ? 'NOT-APPLICABLE' : 'UNSUPPORTED',
      reason: `declared as unsupported: ${shown(lacking)}`,
    };
  if (foreign.length > 0)
    return { state: 'NOT-APPLICABLE', reason: `not of this kind of runtime: ${shown(foreign)}` };
  const holds = steps.some(({ hold }) => hold !== undefined);
  const neededOfHost = [
    ...(needs.host ?? []),
    ...(neighbour === true ? needsOfNeighbour : []),
    ...(holds ? ['held-files'] : []),
  ];
  const [lack] = neededOfHost.flatMap((need) => lackOf(need, host) ?? []);
  return lack === undefined ? undefined : { state: 'PRECONDITION', reason: lack };
}

interface Field {
  path: string;
  value: unknown;
}

/** Values in a document by their paths, as the schema has them: `mounts[].bind`. A field without any is one too. */
function fieldsOf(value: unknown, path = ''): Field[] {
  if (Array.isArray(value) && value.length > 0) return value.flatMap((item) => fieldsOf(item, `${path}[]`));
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0)
    return path === '' ? [] : [{ path, value }];
  return Object.entries(value).flatMap(([key, inner]) =>
    fieldsOf(inner, path === '' ? key : `${path}.${key}`),
  );
}

/** A declared field, what is below it, or with `=REGEX` behind it only such values of it. */
function isWithin({ path, value }: Field, declared: string): boolean {
  const [, field = '', form] = /^([^=]*)(?:=(.*))?$/s.exec(declared) ?? [];
  const isThere =
    field === '*' || path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[]`);
  return isThere && (form === undefined || new RegExp(form).test(String(value)));
}

function shown(names: readonly string[]): string {
  return [...new Set(names)].join(', ');
}
