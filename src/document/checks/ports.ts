import { isIP } from 'node:net';
import { type Complaint, type Finding, inWords } from '../finding.ts';
import { type Check, containersOf, joined, select, textCheck, valueAt } from './check.ts';

const form = /^(?:(?:(\[.+\]|[\d.]+):)?(?:([\d-]+))?:)?([\d-]+)(?:\/(tcp|udp))?$/;

export const portChecks: readonly Check[] = [
  textCheck('ports are from 1 to 65535', ['container.network.ports.*'], portComplaint),
  {
    name: 'ports are published from a network of the container',
    run: (document) =>
      containersOf(document).flatMap(({ path, value }): Finding[] => {
        const mode =
          select(value, 'network.networks.*').length > 0
            ? 'networks'
            : (valueAt(value, 'network.mode') ?? 'none');
        const isOwn = mode !== 'none' && mode !== 'host' && !String(mode).startsWith('container:');
        if (isOwn || select(value, 'network.ports.*').length === 0) return [];
        const place = joined(path, 'network.ports');
        return [
          {
            path: place,
            message: `network mode "${mode}" publishes no ports`,
            expected: 'no ports',
          },
        ];
      }),
  },
];

function portComplaint(text: string): Complaint | undefined {
  const [, address, host, container] = form.exec(text) ?? [];
  if (container === undefined) return undefined;
  if (address !== undefined && isIP(address.replace(/^\[|\]$/g, '')) === 0) {
    return {
      message: `found the address ${inWords(address)}`,
      expected: 'an IPv4 address, or an IPv6 one in brackets',
    };
  }
  const inside = rangeOf(container);
  const outside = host === undefined ? undefined : rangeOf(host);
  if (inside === undefined || (host !== undefined && outside === undefined)) {
    return { message: `found ${inWords(text)}`, expected: 'ports from 1 to 65535, a range upwards' };
  }
  // One port inside may be reached by any free one of a range outside.
  if (outside === undefined || inside.size === 1 || outside.size === inside.size) return undefined;
  return { message: `found ${inWords(text)}`, expected: 'as many ports of the host as of the container' };
}

function rangeOf(text: string): { size: number } | undefined {
  const [first = 0, last = first] = text.split('-').map(Number);
  return first >= 1 && last >= first && last <= 65535 ? { size: last - first + 1 } : undefined;
}
