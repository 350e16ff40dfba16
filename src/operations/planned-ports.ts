import type { Remark, Unsupported } from '../backend/backend.ts';
import type { SourceDocument } from '../document/source-document.ts';
import { Fields } from '../plan/fields.ts';
import { compileNetworkDocument, type NetworkFacts } from '../plan/networks.ts';
import { isRunnable } from '../plan/runnable.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { Workplace } from './workplace.ts';

/** The path of all that is said of ports. Where one can be reached is said again at the start, when all are chosen. */
export const PORTS = 'network.ports';

/** What is to be known of the ports of containers before any is reserved. */
interface PlannedPorts {
  unsupported: (container: ContainerSpec) => Unsupported[];
  remarks: (container: ContainerSpec) => Remark[];
}

/** Looks at the networks of the machine, where one of these documents publishes ports. */
export async function plannedPorts(
  place: Workplace,
  parts: readonly SourceDocument[],
  networks: NetworkFacts,
): Promise<PlannedPorts> {
  const publishes = ({ value }: SourceDocument) =>
    isRunnable(value) && (value.network?.ports !== undefined || value.network?.publishAll === true);
  if (!parts.some(publishes)) return { unsupported: () => [], remarks: () => [] };
  const { plannedEndpoints } = await import('./endpoints.ts');
  const { plannedReach } = await import('./publish.ts');
  const planned = parts.flatMap(({ value }) =>
    value.kind === 'Network' ? [compileNetworkDocument(value, new Fields('file'))] : [],
  );
  const isThere = (name: string) =>
    name === 'bridge' || networks.has(name) || planned.some((network) => network.name === name);
  const reachOf = (container: ContainerSpec) => {
    const { ports, networks: places = [] } = container.network;
    // Of a network that is not there something else is said.
    if (ports === undefined || !places.every(({ name }) => isThere(name))) return [];
    return plannedReach(container, plannedEndpoints(place, container, planned));
  };
  return {
    unsupported: (container) =>
      reachOf(container).flatMap(({ message, isReached }) =>
        isReached ? [] : [{ path: PORTS, reason: message }],
      ),
    remarks: (container) =>
      reachOf(container).flatMap(({ message, isReached }) => (isReached ? [{ path: PORTS, message }] : [])),
  };
}
