import type { ContainerSpec } from '../schema/container-spec.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { EventRecord, EventType } from '../schema/operations/events.ts';

/** An event that is still to be told: without its number and time. */
export type Happening = Omit<EventRecord, 'sequence' | 'time'>;

/** What has happened to a container between two of its records; without an earlier one it was created. Pure. */
export function happened(before: ContainerState | undefined, after: ContainerState): Happening[] {
  if (before === undefined) return [happening(after, 'created')];
  const happenings: Happening[] = [];
  const tell = (type: EventType, more: Partial<Happening> = {}) =>
    happenings.push(happening(after, type, more));
  if (after.name !== before.name) tell('renamed', { from: before.name });
  const changed = changedMembers(before.spec, after.spec);
  if (changed.length > 0) tell('updated', { changed });
  const { stopRequestedAt, health, restarts } = after;
  if (stopRequestedAt !== undefined && stopRequestedAt !== before.stopRequestedAt) tell('stopRequested');
  if (hasBegun(before, after)) tell('started', restarts?.total ? { restart: restarts.total } : {});
  if (before.status === 'running' && after.status === 'paused') tell('paused');
  if (before.status === 'paused' && after.status === 'running') tell('resumed');
  if (hasEnded(before, after)) happenings.push(ended(after));
  if (health !== undefined && health.status !== before.health?.status)
    tell('health', { health: health.status });
  const { nextAt } = restarts ?? {};
  for (const network of joined(after, before)) tell('connected', { network });
  for (const network of joined(before, after)) tell('disconnected', { network });
  if (nextAt !== undefined && nextAt !== before.restarts?.nextAt) tell('restarting', { nextAt });
  return happenings;
}

/** Networks that one of two records has and the other has not. */
function joined({ endpoints = [] }: ContainerState, other: ContainerState): string[] {
  const known = other.endpoints?.map(({ network }) => network) ?? [];
  return endpoints.map(({ network }) => network).filter((network) => !known.includes(network));
}

/** The end of a container that may have no record of it. */
export function ended(state: Pick<ContainerState, 'id' | 'name' | 'exit'>): Happening {
  return happening(state, 'stopped', state.exit === undefined ? {} : { exit: state.exit });
}

export function happening(
  { id, name }: Pick<ContainerState, 'id' | 'name'>,
  type: EventType,
  more: Partial<Happening> = {},
): Happening {
  return { type, container: { id, name }, ...more };
}

function hasBegun(before: ContainerState, after: ContainerState): boolean {
  const ran = before.status === 'running' || before.status === 'paused';
  return after.status === 'running' && !(ran && after.startedAt === before.startedAt);
}

/** A start that has failed is an end too, of one that had stopped already. */
function hasEnded(before: ContainerState, after: ContainerState): boolean {
  return (
    after.status === 'stopped' && !(before.status === 'stopped' && after.finishedAt === before.finishedAt)
  );
}

/** Names as `resources.memory`; the name of the container itself is not among them. */
function changedMembers(before: ContainerSpec, after: ContainerSpec): string[] {
  if (before === after) return [];
  const [old, now] = [flat(before), flat(after)];
  const names = new Set([...old.keys(), ...now.keys()]);
  names.delete('name');
  return [...names].filter((name) => old.get(name) !== now.get(name)).sort();
}

function flat(spec: ContainerSpec): Map<string, string> {
  const members = Object.entries(spec).flatMap(([heading, value]): [string, string][] =>
    isObject(value)
      ? Object.entries(value).map(([member, inner]) => [`${heading}.${member}`, JSON.stringify(inner)])
      : [[heading, JSON.stringify(value)]],
  );
  return new Map(members);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
