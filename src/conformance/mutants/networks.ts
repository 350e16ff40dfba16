import { withValueAt } from '../value-path.ts';
import { asking, type Fault, otherContainers, type Words } from './fault.ts';
import type { Mutants } from './mutant.ts';

/** Makes networks otherwise, which are made by requests in the form of sc's own schema. */
function otherNetworks(change: (request: Words) => Words): Fault {
  return asking(['call'], ({ operation, request }) => ({
    operation,
    request: operation === 'network-create' ? change(request as Words) : request,
  }));
}

/** Which network a container is in, and who reaches whom. */
export const networks: Mutants = {
  'ignore-networks': {
    fault: 'no container is attached to a network',
    put: otherContainers({ network: null }),
  },
  'ignore-ports': {
    fault: 'no port is published',
    put: otherContainers({ 'network.ports': null, 'network.publishAll': null }),
  },
  'ports-of-loopback': {
    fault: 'every port is published at 127.0.0.1',
    put: asking(['run'], (request) => {
      const { container } = request as { container: { network?: { ports?: string[] } } };
      const ports = container.network?.ports?.map((port) => `127.0.0.1:${port.replace(/^:?(?=\d+$)/, ':')}`);
      return ports === undefined ? request : withValueAt(request, 'container.network.ports', ports);
    }),
  },
  'ignore-egress': {
    fault: 'a container reaches everything, whatever its list says',
    put: otherContainers({ 'network.egress': null }),
  },
  'ignore-internal': {
    fault: 'every network leads out',
    put: otherNetworks((request) => ({ ...request, internal: false })),
  },
  'ignore-ranges': {
    fault: 'a network has another range than it was given',
    put: otherNetworks(({ subnets: _, ...request }) => request),
  },
};
