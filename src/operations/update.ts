import type { Unsupported } from '../backend/backend.ts';
import { ableTo } from '../backend/operations.ts';
import { featuresOf } from '../backend/registry.ts';
import { ScError } from '../errors/error.ts';
import { naming } from '../errors/reason.ts';
import type { ContainerSpec, ResourcesSpec, RestartPolicy } from '../schema/container-spec.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { ContainerName } from '../schema/operations/many.ts';
import type { UpdateRequest, UpdateResult } from '../schema/operations/update.ts';
import { type Change, changedResources, refuseUndeclared, withRestart } from './changed-limits.ts';
import { checkRequest } from './check-request.ts';
import { flagOf } from './flag-names.ts';
import { liveContainer } from './live-container.ts';
import { tryEach } from './many.ts';
import type { Settings } from './settings.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/**
 * Changes limits of containers: of those that run in place, of the others from their next start on; and when
 * they are started again. Each is tried, and changed as a whole or not at all.
 */
export async function update(request: UpdateRequest, settings: Settings): Promise<UpdateResult> {
  checkRequest('update', await import('../schema/operations/validate-update.ts'), request);
  const { containers, ...change } = request;
  const place = await openWorkplace(settings);
  return tryEach(containers, (reference) => updateOne(place, reference, change));
}

async function updateOne(place: Workplace, reference: string, change: Change): Promise<ContainerName> {
  const id = await place.store.identify(reference);
  return place.store.exclusively(id, async () => {
    const state = await place.observe(await place.store.find(id));
    const { name } = state;
    await naming(`update "${name}"`, () => changeOne(place, state, change));
    return { id, name };
  });
}

async function changeOne(place: Workplace, state: ContainerState, wanted: Change): Promise<void> {
  const { resources, restart } = wanted;
  // What cannot be done is refused before anything is.
  refuseUndeclared(wanted, await featuresOf(state.backend));
  if (restart !== undefined) withRestart(state, restart);
  const limits = resources && changedResources(state.spec.resources, resources);
  const takeBack = limits && (await limit(place, state, limits));
  const change = (now: ContainerState): ContainerState => {
    const limited = resources ? withResources(now, changedResources(now.spec.resources, resources)) : now;
    return restart === undefined ? limited : withRestart(limited, restart);
  };
  await record(place, state, change, takeBack);
}

/** What a container has while it runs: limits and restart policy each as a whole, and labels. */
export interface LiveFields {
  resources?: ResourcesSpec;
  restart?: RestartPolicy;
  labels?: ContainerSpec['labels'];
}

/** Gives a container what a file says of it now, all or none. Answers what gives it back what it had. */
export async function changeTo(
  place: Workplace,
  id: string,
  fields: LiveFields,
): Promise<() => Promise<void>> {
  const { store } = place;
  return store.exclusively(id, async () => {
    const state = await place.observe(await store.find(id));
    return naming(`update "${state.name}"`, async () => {
      const { spec } = state;
      await set(place, state, fields);
      const before = {
        ...(fields.resources && { resources: spec.resources }),
        ...(fields.restart && { restart: spec.monitor.restart }),
        ...(fields.labels && { labels: spec.labels }),
      };
      return async () => {
        await changeTo(place, id, before);
      };
    });
  });
}

async function set(
  place: Workplace,
  state: ContainerState,
  { resources, restart, labels }: LiveFields,
): Promise<void> {
  if (restart !== undefined) withRestart(state, restart);
  const takeBack = resources && (await limit(place, state, resources));
  const change = (now: ContainerState): ContainerState => {
    const limited = resources ? withResources(now, resources) : now;
    const kept = restart ? withRestart(limited, restart) : limited;
    return labels ? { ...kept, spec: { ...kept.spec, labels } } : kept;
  };
  await record(place, state, change, takeBack);
}

function withResources(state: ContainerState, resources: ResourcesSpec): ContainerState {
  return { ...state, spec: { ...state.spec, resources } };
}

async function record(
  { store }: Workplace,
  { id }: ContainerState,
  change: (now: ContainerState) => ContainerState,
  takeBack: (() => Promise<void>) | undefined,
): Promise<void> {
  try {
    await store.update(id, change);
  } catch (error) {
    await takeBack?.();
    throw error;
  }
}

/** Changes the limits of one that runs. Answers what takes that back; nothing for one that does not run. */
async function limit(
  place: Workplace,
  state: ContainerState,
  after: ResourcesSpec,
): Promise<(() => Promise<void>) | undefined> {
  const { id, status, spec, backend: name } = state;
  const backend = await place.backend(name);
  const before = spec.resources;
  refuseUnfit(backend.unsupported({ ...spec, resources: after }));
  if (status === 'stopped' || status === 'created') return undefined;
  const container = liveContainer(state);
  const { update } = ableTo('update', backend, name);
  const set = (from: ResourcesSpec, to: ResourcesSpec) =>
    update(container, { before: from, after: to, recordDirectory: place.store.directory(id) });
  await set(before, after);
  return () => set(after, before);
}

/** Limits of single processes, which are not changed, may be such that only who started it could set them. */
const kept = /^resources\.(rlimits|oomScoreAdjust|shm)\b/;

/** As at a start. */
function refuseUnfit(unsupported: readonly Unsupported[]): void {
  const first = unsupported.find(({ path }) => path.startsWith('resources.') && !kept.test(path));
  if (first === undefined) return;
  const { path, reason, expected } = first;
  throw new ScError('SC_HOST_UNFIT', `${flagOf(path)}: ${reason}`, {
    ...(expected !== undefined && { hint: `expected ${expected}` }),
  });
}
