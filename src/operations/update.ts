import type { Unsupported } from '../backend/backend.ts';
import { ableTo } from '../backend/operations.ts';
import { featuresOf } from '../backend/registry.ts';
import { ScError } from '../errors/error.ts';
import { naming } from '../errors/reason.ts';
import { UndoStack } from '../execute/undo.ts';
import type { ContainerSpec, PortSpec, ResourcesSpec, RestartPolicy } from '../schema/container-spec.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { ContainerName } from '../schema/operations/many.ts';
import type { UpdateRequest, UpdateResult } from '../schema/operations/update.ts';
import type { Caller } from './caller.ts';
import { type Change, changedResources, refuseUndeclared, withRestart } from './changed-limits.ts';
import { checkRequest } from './check-request.ts';
import { flagOf } from './flag-names.ts';
import { liveContainer } from './live-container.ts';
import { tryEach } from './many.ts';
import { openPorts } from './port.ts';
import { changedPorts } from './port-selection.ts';
import type { Settings } from './settings.ts';
import { tellPorts } from './tell-ports.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/**
 * Changes limits and published ports of containers: of those that run in place, of the others from their next start on;
 * and when they are started again. Each is tried, and changed as a whole or not at all. From where ports can be reached
 * is told to a caller.
 */
export async function update(
  request: UpdateRequest,
  settings: Settings,
  caller?: Caller,
): Promise<UpdateResult> {
  checkRequest('update', await import('../schema/operations/validate-update.ts'), request);
  const { containers, ...change } = request;
  const place = await openWorkplace(settings);
  return tryEach(containers, (reference) => updateOne(place, reference, change, caller));
}

async function updateOne(
  place: Workplace,
  reference: string,
  change: Change,
  caller: Caller | undefined,
): Promise<ContainerName> {
  const id = await place.store.identify(reference);
  return place.store.exclusively(id, async () => {
    const state = await place.observe(await place.store.find(id));
    const { name } = state;
    await naming(`update "${name}"`, () => changeOne(place, state, change));
    if (change.publish !== undefined && caller !== undefined)
      await tellPorts(caller, name, openPorts(await place.store.find(id)));
    return { id, name };
  });
}

async function changeOne(place: Workplace, state: ContainerState, wanted: Change): Promise<void> {
  const { resources, restart } = wanted;
  // What cannot be done is refused before anything is.
  refuseUndeclared(wanted, await featuresOf(state.backend));
  if (restart !== undefined) withRestart(state, restart);
  const limits = resources && changedResources(state.spec.resources, resources);
  const ports = changedPorts(state, wanted);
  const change = (now: ContainerState): ContainerState => {
    const limited = resources ? withResources(now, changedResources(now.spec.resources, resources)) : now;
    return restart === undefined ? limited : withRestart(limited, restart);
  };
  await changeAll(place, state, { limits, ports, change });
}

/** What a container has while it runs: limits, restart policy and published ports each as a whole, and labels. */
export interface LiveFields {
  resources?: ResourcesSpec;
  restart?: RestartPolicy;
  ports?: readonly PortSpec[];
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
        ...(fields.ports && { ports: spec.network.ports ?? [] }),
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
  { resources: limits, restart, ports, labels }: LiveFields,
): Promise<void> {
  if (restart !== undefined) withRestart(state, restart);
  const change = (now: ContainerState): ContainerState => {
    const limited = limits ? withResources(now, limits) : now;
    const kept = restart ? withRestart(limited, restart) : limited;
    return labels ? { ...kept, spec: { ...kept.spec, labels } } : kept;
  };
  await changeAll(place, state, { limits, ports, change });
}

function withResources(state: ContainerState, resources: ResourcesSpec): ContainerState {
  return { ...state, spec: { ...state.spec, resources } };
}

interface Changes {
  limits: ResourcesSpec | undefined;
  ports: readonly PortSpec[] | undefined;
  /** Of the record, for all but ports, which are recorded on their way. */
  change: (now: ContainerState) => ContainerState;
}

/** All of it or nothing. */
async function changeAll(
  place: Workplace,
  state: ContainerState,
  { limits, ports, change }: Changes,
): Promise<void> {
  const undo = new UndoStack();
  try {
    const unlimit = limits && (await limit(place, state, limits));
    if (unlimit) undo.push(state.name, unlimit);
    if (ports) {
      const { changePorts } = await import('./changed-ports.ts');
      undo.push(state.name, await changePorts(place, state, ports));
    }
    await place.store.update(state.id, change);
  } catch (error) {
    throw await undo.unwind(error);
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
