import type { ContainerState, PublishedPort } from '../schema/container-state.ts';
import type { PortRequest, PortResult } from '../schema/operations/port.ts';
import { checkRequest } from './check-request.ts';
import type { Settings } from './settings.ts';
import { openWorkplace } from './workplace.ts';

/** By which ports of the machine a container is reached. Throws SC_NOT_FOUND, SC_AMBIGUOUS and SC_STATE_*. */
export async function port(request: PortRequest, settings: Settings): Promise<PortResult> {
  checkRequest('port', await import('../schema/operations/validate-port.ts'), request);
  const place = await openWorkplace(settings);
  const state = await place.observe(await place.store.find(request.container));
  return { id: state.id, name: state.name, ports: [...openPorts(state)] };
}

/** Those of a container that runs: what is recorded of another is only what it had. */
export function openPorts({ status, ports = [] }: ContainerState): readonly PublishedPort[] {
  return status === 'running' || status === 'paused' ? ports : [];
}
