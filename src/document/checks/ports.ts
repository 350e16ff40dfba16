import { isIP } from 'node:net';
import { type Complaint, type Finding, inWords } from '../finding.ts';
import { isRangeOfPorts, parsePort, sizeOf } from '../port.ts';
import { modeOf } from './attachment.ts';
import { type Check, containersOf, joined, select, textCheck, valueAt } from './check.ts';

export const portChecks: readonly Check[] = [
  textCheck('ports are from 1 to 65535', ['container.network.ports.*'], portComplaint),
  {
    name: 'ports are published from a network of the container',
    run: (document) =>
      containersOf(document).flatMap(({ path, value }): Finding[] => {
        if (isPublishing(value)) return [];
        const mode = modeOf(value);
        const why = whyNone(mode);
        const asked = ['ports', 'publishAll'].filter((key) => isAsked(value, key));
        return asked.map((key) => ({
          path: joined(path, `network.${key}`),
          message: `network mode "${mode}" publishes no ports: ${why}`,
          expected: 'no ports, or network mode "bridge" or the name of a network',
        }));
      }),
  },
];

/** Whether a container has a network from which ports can be published. */
export function isPublishing(container: unknown): boolean {
  return select(container, 'network.networks.*').length > 0 || whyNone(modeOf(container)) === undefined;
}

function isAsked(container: unknown, key: string): boolean {
  if (key === 'publishAll') return valueAt(container, 'network.publishAll') === true;
  return select(container, 'network.ports.*').length > 0;
}

/** Undefined for a network of the container's own that leads somewhere. */
function whyNone(mode: string): string | undefined {
  if (mode === 'none') return 'it leads nowhere';
  if (mode === 'host') return 'what the program listens at are ports of the machine already';
  if (mode.startsWith('container:')) return 'they are those of the container whose network it is';
  return undefined;
}

function portComplaint(text: string): Complaint | undefined {
  const port = parsePort(text);
  if (port === undefined) return undefined;
  const { address, host, container } = port;
  if (address !== undefined && isIP(address) === 0) {
    return {
      message: `found the address ${inWords(/^\[.*\]|^[^:]*/.exec(text)?.[0] ?? address)}`,
      expected: 'an IPv4 address, or an IPv6 one in brackets',
    };
  }
  if (!isRangeOfPorts(container) || (host !== undefined && !isRangeOfPorts(host))) {
    return { message: `found ${inWords(text)}`, expected: 'ports from 1 to 65535, a range upwards' };
  }
  // One port inside may be reached by any free one of a range outside.
  if (host === undefined || sizeOf(container) === 1 || sizeOf(host) === sizeOf(container)) return undefined;
  return { message: `found ${inWords(text)}`, expected: 'as many ports of the host as of the container' };
}
