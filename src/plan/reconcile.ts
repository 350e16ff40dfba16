import { ScError } from '../errors/error.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type {
  CreateStep,
  Expectation,
  FieldChange,
  PlanField,
  PlanStep,
  UpdateStep,
} from '../schema/plan.ts';
import { asideName } from './aside.ts';
import { differences, isLive } from './differences.ts';
import { changeBy, type OrderedDocument } from './order.ts';
import type { Owned } from './owned.ts';

interface ReconcileOptions {
  /** The containers that there are, of the names of the documents and of those under which they are set aside. */
  observed: readonly ContainerState[];
  /** See CompileOptions. */
  replace: boolean;
  updates: boolean;
  /** The name of the one that is chosen: a container is not handed over from one to another. */
  backend: string;
  owned?: Owned;
  /** Whether the file says the maps of its user namespace. */
  comparesMaps: boolean;
  /** What the file expects of a Job at its end. */
  expectations?: Expectation[];
}

/** The one in whose place a container of a name comes. */
export function earlierOf(name: string, observed: readonly ContainerState[]): ContainerState | undefined {
  return named(name, observed) ?? asideOf(name, observed);
}

/** What has to be done so that there is a container as a file says. Throws SC_EXISTS for a name that is taken. */
export function stepsOfContainer(
  container: ContainerSpec,
  fields: PlanField[],
  options: ReconcileOptions,
): PlanStep[] {
  const { name, kind } = container;
  const left = asideOf(name, options.observed);
  const reason = 'an apply that was killed has left it';
  const tidying: PlanStep[] =
    left === undefined ? [] : [{ kind: 'remove', id: left.id, name: left.name, reason }];
  const steps =
    kind === 'Job' ? stepsOfJob(container, fields, options) : stepsOfKept(container, fields, options);
  return [...tidying, ...steps];
}

function stepsOfJob(container: ContainerSpec, fields: PlanField[], options: ReconcileOptions): PlanStep[] {
  const { name } = container;
  const { expectations = [] } = options;
  const room = makeRoom(name, options.observed, options);
  const reason = room.length === 0 ? 'there is none' : 'a Job runs each time that it is applied';
  return [
    ...room,
    { kind: 'create', name, container, reason, fields },
    { kind: 'start', name, reason: 'a Job is there to run' },
    {
      kind: 'wait',
      name,
      ...(expectations.length > 0 && { expectations }),
      reason: 'a Job is done when it has ended',
    },
  ];
}

function stepsOfKept(container: ContainerSpec, fields: PlanField[], options: ReconcileOptions): PlanStep[] {
  const { observed, replace, updates, backend, comparesMaps, owned } = options;
  const { name } = container;
  const earlier = named(name, observed);
  const start: PlanStep = { kind: 'start', name, reason: 'a Container is there to be kept running' };
  const create: CreateStep = { kind: 'create', name, container, reason: 'there is none', fields };
  if (earlier === undefined) return [create, start];
  if (!replace || earlier.status === 'creating' || earlier.spec.kind === 'Job') {
    const room = makeRoom(name, observed, options);
    return [...room, { ...create, reason: 'the file says something else than before' }, start];
  }
  const changes = differences(earlier.spec, container, { comparesMaps });
  const isMoved = earlier.backend !== backend;
  if (changes.length === 0 && !isMoved) return again(earlier);
  // Whoever has made it by another way may need it as it is.
  if (owned !== undefined && !owned.ids.has(earlier.id) && earlier.status !== 'stopped')
    throw nameTaken(earlier);
  if (updates && changes.every(isLive) && !isMoved)
    return [updateTo(container, earlier, changes), ...again(earlier)];
  const isUp =
    earlier.status !== 'created' && (earlier.status !== 'stopped' || earlier.restarts?.nextAt !== undefined);
  const { id } = earlier;
  const reason = 'another comes in its place';
  return [
    ...(isUp ? [{ kind: 'stop' as const, id, name, reason }] : []),
    { kind: 'remove', id, name, aside: asideName(name), reason },
    {
      ...create,
      reason: isMoved
        ? `backend "${earlier.backend}" has made it, and "${backend}" is chosen`
        : 'the file says something else than before',
      ...(changes.length > 0 && { changes }),
    },
    start,
  ];
}

/** Throws SC_EXISTS for a name that somebody has who has not ended. */
export function makeRoom(
  name: string,
  observed: readonly ContainerState[],
  { replace }: Pick<ReconcileOptions, 'replace'>,
): PlanStep[] {
  const earlier = named(name, observed);
  if (earlier === undefined) return [];
  if (!replace || earlier.status !== 'stopped') throw nameTaken(earlier);
  return [{ kind: 'remove', id: earlier.id, name, reason: 'it has ended, and makes room for the next run' }];
}

/** Who is in the network of a container that is started anew has none any more until it is started too. */
export function withRestarts(
  documents: readonly OrderedDocument[],
  observed: readonly ContainerState[],
): OrderedDocument[] {
  const started = new Set<string>();
  return documents.map((document) => {
    const { name, container, steps } = document;
    const host = container?.network.container;
    const isStarted = steps.some((step) => step.kind === 'start');
    const earlier = named(name, observed);
    const isCutOff = host !== undefined && started.has(host) && earlier !== undefined && !isStarted;
    if (isStarted || isCutOff) started.add(name);
    if (!isCutOff) return document;
    const reason = `it is in the network of "${host}", which is started anew`;
    const stop = { kind: 'stop' as const, id: earlier.id, name, reason };
    const all = [...steps, stop, { kind: 'start' as const, name, reason }];
    return { ...document, steps: all, change: changeBy(all) };
  });
}

function updateTo(
  { resources, monitor, network, labels }: ContainerSpec,
  { id, name }: ContainerState,
  changes: FieldChange[],
): UpdateStep {
  const has = (above: string) => changes.some(({ path }) => path.startsWith(above));
  return {
    kind: 'update',
    id,
    name,
    ...(has('resources.') && { resources }),
    ...(has('monitor.restart.') && { restart: monitor.restart }),
    ...(has('network.ports') && { ports: network.ports ?? [] }),
    ...(has('labels.') && { labels }),
    changes,
    reason: 'the file says something else than before',
  };
}

/** A Container that is as the file says: it runs, or is started. */
function again({ name, status }: ContainerState): PlanStep[] {
  if (status === 'running' || status === 'paused') return [];
  return [{ kind: 'start', name, reason: 'it has ended, and is to be kept running' }];
}

function named(name: string, observed: readonly ContainerState[]): ContainerState | undefined {
  return observed.find((state) => state.name === name);
}

function asideOf(name: string, observed: readonly ContainerState[]): ContainerState | undefined {
  const found = named(asideName(name), observed);
  return found?.setAside ? found : undefined;
}

function nameTaken({ name, id, status }: ContainerState): ScError {
  const force = status === 'stopped' ? '' : ' --force';
  return new ScError(
    'SC_EXISTS',
    `the name "${name}" is taken by container ${id.slice(0, 12)}, which is ${status}`,
    {
      hint: `sc delete${force} ${name}, or choose another name`,
    },
  );
}
