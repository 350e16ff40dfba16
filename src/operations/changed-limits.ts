import { ScError } from '../errors/error.ts';
import { refusedParts } from '../plan/honoured.ts';
import type { ContainerSpec, MonitorSpec, ResourcesSpec } from '../schema/container-spec.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Features } from '../schema/features.ts';
import type { ChangedResources, ChangedRestart, UpdateRequest } from '../schema/operations/update.ts';
import { flagOf } from './flag-names.ts';

/** What is to be changed of a container. */
export type Change = Omit<UpdateRequest, 'containers'>;

/** Throws SC_UNSUPPORTED for what its backend does not support, as at its start. */
export function refuseUndeclared({ resources, restart, publish }: Change, features: Features): void {
  const part = {
    ...(resources && { resources }),
    ...(restart && { monitor: { restart } }),
    ...(publish && { network: { ports: publish.map(({ containerPort }) => String(containerPort)) } }),
  };
  const [first] = refusedParts(part, features);
  if (first === undefined) return;
  const { path, what, reason } = first;
  throw new ScError(
    'SC_UNSUPPORTED',
    `${flagOf(path)}: ${what} is not supported by backend "${features.backend}": ${reason}`,
  );
}

/** The limits of a container after a change. What is not named in it stays as it is. */
export function changedResources(before: ResourcesSpec, change: ChangedResources): ResourcesSpec {
  const { cpuset, io, ...rest } = change;
  const isFirstLimit = before.memory === undefined && change.memory !== undefined;
  return {
    ...before,
    ...(isFirstLimit && { memorySwap: 2 * (change.memory ?? 0) }),
    ...rest,
    ...(cpuset !== undefined && { cpuset: { ...before.cpuset, ...cpuset } }),
    ...(io !== undefined && { io: changedIo(before.io, io) }),
  };
}

function changedIo(before: ResourcesSpec['io'], change: NonNullable<ChangedResources['io']>) {
  const devices = new Map(before?.devices.map((device) => [device.path, device]));
  for (const device of change.devices) devices.set(device.path, { ...devices.get(device.path), ...device });
  return { ...before, ...change, devices: [...devices.values()] };
}

/**
 * A record with another restart policy. One that is not to be started again any more does not wait for that
 * either. Throws SC_WRONG_STATE where no policy can be kept.
 */
export function withRestart(state: ContainerState, change: ChangedRestart): ContainerState {
  const isRestarted = change.policy !== 'never';
  if (isRestarted && state.detached !== true && state.status !== 'stopped')
    throw new ScError('SC_WRONG_STATE', 'it runs in the foreground, and ends with its sc', {
      hint: 'start it with sc run -d, or sc start, for it to be started again',
    });
  if (isRestarted && state.spec.removeOnExit)
    throw new ScError(
      'SC_WRONG_STATE',
      'it is deleted at its end (--rm), and nothing would be left to start again',
    );
  const { maxRetries: _, ...waits } = state.spec.monitor.restart;
  const monitor: MonitorSpec = { ...state.spec.monitor, restart: { ...waits, ...change } };
  const spec: ContainerSpec = { ...state.spec, monitor };
  if (isRestarted || state.restarts === undefined) return { ...state, spec };
  const { total, inARow } = state.restarts;
  return { ...state, spec, restarts: { total, inARow } };
}
