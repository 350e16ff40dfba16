import type { Features, PartialSupport, Support } from '../schema/features.ts';
import type { FieldPath } from '../schema/field-paths.ts';

/** Says of each field of a container how far a backend supports it: whoever forgets one does not compile. */
export type DeclaredFields = Readonly<Record<FieldPath, Support>>;

/** The features of one of our backends. */
export interface DeclaredFeatures extends Features {
  fields: DeclaredFields;
}

/** Every value is supported; `since` is the version of the kernel or tool that it takes at least. */
export function all(since?: string): Support {
  return { support: 'all', ...(since !== undefined && { since }) };
}

/** These values are, of a list as items; `reason` says why no others. */
export function some(
  values: unknown[],
  reason: string,
  more: Pick<PartialSupport, 'beginnings' | 'unsupportedDefault' | 'since'> = {},
): Support {
  return { support: 'some', values, reason, ...more };
}

/** A file may not have the field; `reason` says why. */
export function none(reason: string): Support {
  return { support: 'none', reason };
}

/** The same of each of these fields. */
export function each<Path extends FieldPath>(support: Support, ...paths: Path[]): Record<Path, Support> {
  return Object.fromEntries(paths.map((path) => [path, support])) as Record<Path, Support>;
}

/**
 * What sc does by itself, so that every backend has it that starts a container, tells of its end and lets it live on
 * without its caller. A backend that cannot do the latter declares those otherwise that need it.
 */
export const fieldsOfSc = {
  ...each(all(), 'apiVersion', 'kind', 'metadata.name', 'labels', 'dependsOn', 'replicas', 'image'),
  ...each(
    all(),
    'monitor.restart.policy',
    'monitor.restart.maxRetries',
    'monitor.restart.delay',
    'monitor.restart.maxDelay',
    'monitor.restart.resetAfter',
    'monitor.health.disable',
    'monitor.health.args',
    'monitor.health.interval',
    'monitor.health.timeout',
    'monitor.health.startPeriod',
    'monitor.health.startInterval',
    'monitor.health.retries',
    'logging.driver',
    'logging.maxSize',
    'logging.maxFiles',
    'logging.order',
    'hooks.poststart[].path',
    'hooks.poststart[].args',
    'hooks.poststart[].environment',
    'hooks.poststart[].timeout',
    'hooks.poststop[].path',
    'hooks.poststop[].args',
    'hooks.poststop[].environment',
    'hooks.poststop[].timeout',
    'signals.stopSignal',
    'signals.stopTimeout',
    'terminal.detachKeys',
    'terminal.rows',
    'terminal.columns',
  ),
  // To a backend a volume is a bind.
  ...each(all(), 'mounts[].volume', 'mounts[].copy'),
  ...each(
    all(),
    'expect.exitCode',
    'expect.stdout.equals',
    'expect.stdout.contains',
    'expect.stdout.matches',
    'expect.stderr.equals',
    'expect.stderr.contains',
    'expect.stderr.matches',
    'expect.files',
    'expect.diff.equals',
    'expect.diff.contains',
    'expect.diff.lacks',
    'expect.time',
  ),
  ...each(
    none('a program of the image would run before its confinement is finished'),
    'hooks.startContainer[].path',
    'hooks.startContainer[].args',
    'hooks.startContainer[].environment',
    'hooks.startContainer[].timeout',
  ),
  'expect.listening': none('nobody looks who listens, and a Job has ended when it is checked'),
} satisfies Partial<DeclaredFields>;

/** Hooks that are run while a container is made, by who makes it. */
export function hooksOfRuntime(support: Support) {
  return each(
    support,
    'hooks.createRuntime[].path',
    'hooks.createRuntime[].args',
    'hooks.createRuntime[].environment',
    'hooks.createRuntime[].timeout',
    'hooks.createContainer[].path',
    'hooks.createContainer[].args',
    'hooks.createContainer[].environment',
    'hooks.createContainer[].timeout',
  );
}

/** The networks that a keeper of ours connects a container to, whoever makes the container. */
export const fieldsOfNetworks = {
  ...each(
    all(),
    'network.mode',
    'network.networks[].name',
    'network.networks[].addresses',
    'network.networks[].mac',
    'network.networks[].aliases',
    'network.aliases',
    'network.egress',
    'network.ports',
    'network.publishAll',
  ),
  'namespaces.network': some(['private', 'host'], 'namespaces are joined by the name of a container', {
    beginnings: ['container:'],
  }),
} satisfies Partial<DeclaredFields>;
