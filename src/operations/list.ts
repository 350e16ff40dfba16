import { bootId } from '../linux/boot.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { ListedStatus, ListRequest, ListResult } from '../schema/operations/list.ts';
import { dueRestart } from '../state/restarts.ts';
import { checkRequest } from './check-request.ts';
import type { MonitorCaller } from './monitor.ts';
import { recover } from './recover.ts';
import type { Settings } from './settings.ts';
import { openWorkplace } from './workplace.ts';

/**
 * The containers as they are now, as far as they are wanted. What the dead have left is cleaned up; where that
 * does not succeed, the container is shown, and tried again next time. What has a broken record is always shown.
 */
export async function list(
  request: ListRequest,
  settings: Settings,
  caller?: MonitorCaller,
): Promise<ListResult> {
  checkRequest('list', await import('../schema/operations/validate-list.ts'), request);
  const place = await openWorkplace(settings);
  const { containers, broken } = await recover(place, caller);
  const seen = await Promise.all(containers.map((state) => place.observe(state)));
  const wanted = seen.filter((state) => isWanted(state, request));
  return {
    containers: request.last === undefined ? wanted : wanted.slice(-request.last),
    broken: broken.map(({ id, error: { code, message } }) => ({ id, code, message })),
  };
}

/** Where a container is in its life, for who looks at it. Pure. */
export function listedStatus(state: ContainerState, now = Date.now()): ListedStatus {
  return dueRestart(state, bootId(), now) === undefined ? state.status : 'restarting';
}

/** Whether it is among those that are asked for. Pure. */
export function isWanted(
  state: ContainerState,
  { all, last, names, ids, statuses, labels, networks, volumes }: ListRequest,
): boolean {
  const status = listedStatus(state);
  const isShown = all || last !== undefined || (status !== 'stopped' && status !== 'created');
  return (
    (statuses === undefined ? isShown : statuses.includes(status)) &&
    (names?.some((part) => state.name.includes(part)) ?? true) &&
    (ids?.some((digits) => state.id.startsWith(digits)) ?? true) &&
    (labels?.every((label) => hasLabel(state.spec.labels, label)) ?? true) &&
    (networks?.some((name) => isAttachedTo(state, name)) ?? true) &&
    (volumes?.some((name) => mounts(state, name)) ?? true)
  );
}

function isAttachedTo({ endpoints = [] }: ContainerState, name: string): boolean {
  return endpoints.some(({ network }) => network === name);
}

/** A volume by its name, or whatever is mounted at a path. */
function mounts({ spec }: ContainerState, wanted: string): boolean {
  return spec.mounts.some(
    (mount) => mount.target === wanted || (mount.type === 'bind' && mount.volume?.name === wanted),
  );
}

/** Whether `KEY` or `KEY=VALUE` is among labels. */
export function hasLabel(labels: { readonly [key: string]: string }, wanted: string): boolean {
  const [key = ''] = wanted.split('=', 1);
  if (!Object.hasOwn(labels, key)) return false;
  return key === wanted || labels[key] === wanted.slice(key.length + 1);
}
