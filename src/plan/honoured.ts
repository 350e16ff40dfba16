import { isDeepStrictEqual } from 'node:util';
import type { Container, ContainerFile, Image, Network, StepJob, Volume } from '../schema/container-file.ts';
import type { Features, PartialSupport, Support } from '../schema/features.ts';
import { isRunnable, type Runnable } from './runnable.ts';
import { runJob } from './steps.ts';

/** A field that is valid, but that cannot be honoured. */
export interface RefusedField {
  path: string;
  /** What is not supported: `kind Network`, `"tcp"`. */
  what: string;
  /** Why the backend does not support it, where it is one for containers of this kind. */
  reason?: string;
  /** What it supports instead, in words that follow "expected". */
  expected?: string;
  /** Whether it is only since the document is a Job, whatever the backend. */
  isOfJob?: boolean;
}

/** What is made of a field of which a backend says nothing. */
export const undeclared = {
  support: 'none',
  reason: 'it does not declare this field',
} as const satisfies Support;

/** What is known of a field by its path in the schema, such as `mounts[].target`. */
type Declared = (field: string) => Support | undefined;

/**
 * The fields of a document that a backend with these features cannot honour: its kind, or single keys. Refused is what
 * it does not declare too, so that nothing can be forgotten and silently ignored. `canBeLeft` says whether the caller
 * of a Job can leave it: from then on it has a log.
 */
export function refusedFields(
  document: ContainerFile,
  { fields }: Pick<Features, 'fields'>,
  canBeLeft = false,
): RefusedField[] {
  if (document.kind === 'Volume') return refusedOfVolume(document);
  if (document.kind === 'Network') return refusedOfNetwork(document);
  if (document.kind === 'Image') return refusedOfImage(document);
  if (!isRunnable(document)) return refusedOfSteps(document, { fields });
  const declared = declaredBy(fields);
  const refused = [...refusedValues(document, declared), ...refusedDefaults(document, fields)];
  if (document.kind === 'Container') return [...refused, ...refusedExpectations(document)];
  const ofJob = refusedValues(document, (field) => supportOfJob(field, canBeLeft) ?? declared(field));
  const isOfJob = ({ path }: RefusedField) => !refused.some((other) => other.path === path);
  return [...refused, ...ofJob.filter(isOfJob).map(({ path, what }) => ({ path, what, isOfJob: true }))];
}

/** What a run writes comes by itself, and only who starts one alone has a terminal for it. */
function refusedOfSteps(job: StepJob, features: Pick<Features, 'fields'>): RefusedField[] {
  const known = ['apiVersion', 'kind', 'metadata', 'dependsOn', 'steps'];
  const keys = Object.keys(job).filter((key) => !known.includes(key));
  const ofSteps = job.steps.flatMap(({ run, attach }, index) => {
    const at = `steps[${index}]`;
    if (attach !== undefined) return [{ path: `${at}.attach`, what: '"attach" of a step' }];
    if (run === undefined) return [];
    const refused = refusedFields(runJob(run), features);
    const terminal = isEmpty(run.terminal ?? {}) ? [] : [{ path: 'terminal', what: '"terminal" of a step' }];
    return [...refused, ...terminal].map((field) => ({ ...field, path: `${at}.run.${field.path}` }));
  });
  return [...keys.map((path) => ({ path, what: `"${path}" of a Job of steps` })), ...ofSteps];
}

/** Nothing limits a volume yet. */
function refusedOfVolume({ size }: Volume): RefusedField[] {
  if (size === undefined) return [];
  return [{ path: 'size', what: JSON.stringify(size), reason: 'what a volume holds is not limited' }];
}

/** Nobody puts a container on the network of a host interface yet. */
function refusedOfNetwork({ driver, parent }: Network): RefusedField[] {
  const reason = 'containers are attached to bridges';
  return [
    ...(driver === undefined || driver === 'bridge'
      ? []
      : [{ path: 'driver', what: JSON.stringify(driver), reason, expected: '"bridge"' }]),
    ...(parent === undefined ? [] : [{ path: 'parent', what: JSON.stringify(parent), reason }]),
  ];
}

/** The keys of an image that are honoured, whatever the backend. */
const keysOfImage: readonly string[] = [
  ...['apiVersion', 'kind', 'metadata', 'labels', 'name', 'platform', 'source'],
];
const keysOfSource: readonly string[] = [
  'archive',
  'oci',
  'reference',
  'import',
  'changes',
  'message',
  'created',
];

/** Why other sources are none yet, and what to say instead. */
const otherSources: Readonly<Record<string, string>> = {
  pull: 'nothing is fetched from a network, archive and oci take what another tool has fetched',
  build: 'a Job of steps builds an image, with commit',
};

/** What is fetched or built by the document itself nobody makes yet. */
function refusedOfImage(image: Image): RefusedField[] {
  const keys = Object.keys(image).filter((key) => !keysOfImage.includes(key));
  const ofSource = Object.keys(image.source).filter((key) => !keysOfSource.includes(key));
  const refused = (path: string, reason?: string) => ({
    path,
    what: `"${path}" of an Image`,
    ...(reason !== undefined && { reason }),
  });
  return [
    ...keys.map((key) => refused(key)),
    ...ofSource.map((key) => refused(`source.${key}`, otherSources[key])),
  ];
}

/** The same of a part of a document, such as what is to be changed of a container. */
export function refusedParts(part: object, { fields }: Pick<Features, 'fields'>): RefusedField[] {
  return refusedValues(part, declaredBy(fields));
}

function declaredBy(fields: Features['fields']): Declared {
  return (field) => (Object.hasOwn(fields, field) ? fields[field] : undefined);
}

/** Checked is what has ended. */
function refusedExpectations({ expect = {} }: Container): RefusedField[] {
  const reason = 'what is expected is checked at the end of a Job, and monitor.health checks a Container';
  const keys = Object.keys(expect).filter((key) => key !== 'listening');
  return keys.map((key) => ({ path: `expect.${key}`, what: `"expect" of a Container`, reason }));
}

/** A Job runs on the streams of its caller, and once. */
function supportOfJob(field: string, canBeLeft: boolean): Support | undefined {
  const only = (value: string): Support => ({ support: 'some', values: [value], reason: 'it runs once' });
  if (field === 'monitor.restart.policy') return only('never');
  if (field === 'logging.driver' && !canBeLeft) return only('none');
  const isOfOthers = /^monitor\.(restart|health)\./.test(field) || (/^logging\./.test(field) && !canBeLeft);
  return isOfOthers ? { support: 'none', reason: 'it runs once' } : undefined;
}

function refusedValues(value: unknown, declared: Declared, path = '', field = ''): RefusedField[] {
  if (isEmpty(value)) return [];
  const support = declared(field);
  if (support !== undefined) return refusedBy(support, value, path);
  return (
    eachInner(value, path, field, (inner, ...names) => refusedValues(inner, declared, ...names)) ?? [
      { path, what: JSON.stringify(value), reason: undeclared.reason },
    ]
  );
}

/** A value of one field as far as it is not supported; of a list, and of a map that is none, each item. */
export function refusedBy(support: Support, value: unknown, path: string): RefusedField[] {
  if (support.support === 'all' || isEmpty(value)) return [];
  const { reason } = support;
  if (support.support === 'none' || Array.isArray(value)) {
    const inner = eachInner(value, path, path, (item, itsPath) => refusedBy(support, item, itsPath));
    if (inner !== undefined) return inner;
  }
  const what = JSON.stringify(value);
  if (support.support === 'none') return [{ path, what, reason }];
  return isAmong(support, value) ? [] : [{ path, what, reason, expected: inWords(support) }];
}

function isAmong({ values, beginnings = [] }: PartialSupport, value: unknown): boolean {
  if (values.some((supported) => isDeepStrictEqual(supported, value))) return true;
  return typeof value === 'string' && beginnings.some((beginning) => value.startsWith(beginning));
}

function inWords({ values, beginnings = [] }: PartialSupport): string {
  const words = [
    ...values.map((value) => JSON.stringify(value)),
    ...beginnings.map((beginning) => `${JSON.stringify(`${beginning}...`)}`),
  ];
  return words.join(' or ');
}

/** What a document does not say is its default, which may be what a backend does not support. */
function refusedDefaults(document: Runnable, fields: Features['fields']): RefusedField[] {
  return Object.entries(fields).flatMap(([field, support]) => {
    if (support.support !== 'some' || !('unsupportedDefault' in support)) return [];
    const what = `the default ${JSON.stringify(support.unsupportedDefault)}`;
    const { reason } = support;
    return unsaid(document, field.split('.')).map((path) => ({
      path,
      what,
      reason,
      expected: inWords(support),
    }));
  });
}

/** Where a field is not said: at most once, but in a list of objects for each that does not say it. */
function unsaid(value: unknown, [key, ...keys]: readonly string[], path = ''): string[] {
  if (key === undefined) return value === undefined ? [path] : [];
  const name = key.replace(/\[\]$/, '');
  const inner = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  const innerPath = path === '' ? name : `${path}.${name}`;
  if (name === key) return unsaid(inner, keys, innerPath);
  const items: readonly unknown[] = Array.isArray(inner) ? inner : [];
  return items.flatMap((item, index) => unsaid(item, keys, `${innerPath}[${index}]`));
}

/** Of the items of a list or map, with their paths in the document and in the schema; nothing of any other value. */
function eachInner(
  value: unknown,
  path: string,
  field: string,
  act: (inner: unknown, path: string, field: string) => RefusedField[],
): RefusedField[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value))
    return value.flatMap((item, index) => act(item, `${path}[${index}]`, `${field}[]`));
  const below = (above: string, key: string) => (above === '' ? key : `${above}.${key}`);
  return Object.entries(value).flatMap(([key, inner]) => act(inner, below(path, key), below(field, key)));
}

/** `ports: []` asks for nothing. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
