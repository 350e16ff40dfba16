import type { AdapterDescription } from '../schema/conformance-adapter.ts';
import type { ConformanceCase, Step } from '../schema/conformance-case.ts';
import type { HostFingerprint, ResultState } from '../schema/conformance-log.ts';
import { type Action, actionOf } from './case-rules.ts';
import { lackOf } from './host-needs.ts';
import { fillKnown, type Scope } from './template.ts';

/** What the suite does itself. */
const own: readonly Action[] = ['host', 'look', 'join', 'cli', 'caller', 'call'];

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

/** What a step asks of an operation, such as `stop.signal`: what a runtime lacks of an operation it declares so. */
function detailsOf(step: Step): string[] {
  const action = actionOf(step);
  const { [action]: request } = step;
  if (typeof request !== 'object' || request === null) return [];
  return Object.keys(request).map((name) => `${action}.${name}`);
}

/** Why a case is not tried on a runtime, by what that has declared and by what the suite sees of the host. */
export function obstacleOf(
  { needs = {}, steps, container, containers = {} }: ConformanceCase,
  { operations, fields, unsupported = [], features = [] }: AdapterDescription,
  host: HostFingerprint,
  row: Scope = {},
): { state: ResultState; reason: string } | undefined {
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
  const names = [...wantedOperations, ...wantedFeatures, ...steps.flatMap(detailsOf)];
  const lacking = [...names.map((path) => ({ path, value: undefined })), ...wantedFields]
    .filter((wanted) => declared.some((field) => isWithin(wanted, field)))
    .map(({ path }) => path);
  if (lacking.length > 0)
    return { state: 'UNSUPPORTED', reason: `declared as unsupported: ${shown(lacking)}` };
  if (foreign.length > 0)
    return { state: 'NOT-APPLICABLE', reason: `not of this kind of runtime: ${shown(foreign)}` };
  const [lack] = (needs.host ?? []).flatMap((need) => lackOf(need, host) ?? []);
  return lack === undefined ? undefined : { state: 'PRECONDITION', reason: lack };
}

interface Field {
  path: string;
  value: unknown;
}

/** Values in a document by their paths, as the schema has them: `mounts[].bind`. A field without any is one too. */
export function fieldsOf(value: unknown, path = ''): Field[] {
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
