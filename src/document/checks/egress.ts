import { formatSubnet, parseAddress, parseSubnet } from '../../linux/ip-address.ts';
import type { Finding } from '../finding.ts';
import { hasNames, networksOf } from './attachment.ts';
import { type Check, containersOf, joined, select, textCheck, valueAt } from './check.ts';

/** With one of them a container can send as if it were another. */
const DISGUISES = /^(CAP_)?(NET_RAW|NET_ADMIN|ALL)$/i;

/** Checks of what a container may reach. */
export const egressChecks: readonly Check[] = [
  textCheck('what a container may reach is an address or a name', ['container.network.egress.*'], (text) => {
    const [subnet, address] = [parseSubnet(text), parseAddress(text.replace(/\/.*/, ''))];
    const isName = !/[:/]/.test(text) && !/^[0-9.]+$/.test(text);
    if (subnet === undefined && (text.includes('/') || address === undefined))
      return isName
        ? undefined
        : { message: `"${text}" is no address`, expected: 'an address, a range or a host name' };
    if (subnet === undefined || address?.value === subnet.value) return undefined;
    return {
      message: `"${text}" is an address within ${formatSubnet(subnet)}`,
      expected: 'the range itself',
      suggestion: formatSubnet(subnet),
    };
  }),
  fenced('what a container may reach is kept by networks with names', (container) => {
    const other = networksOf(container).find((name) => !hasNames(name));
    if (other === undefined) return [];
    const message = `it does not go together with "${other}"`;
    return [{ path: 'network.egress', message, expected: 'networks with names alone' }];
  }),
  fenced('what a container may reach is kept by who cannot be somebody else', (container) =>
    select(container, 'security.capabilities.add.*')
      .filter(({ value }) => typeof value === 'string' && DISGUISES.test(value))
      .slice(0, 1)
      .map(({ path }) => ({
        path,
        message: 'who has it can send in the name of others, whatever network.egress says',
        expected: 'one of them',
      })),
  ),
];

/** A check of containers that may not reach everything. */
function fenced(name: string, find: (container: unknown) => Finding[]): Check {
  const run = (document: unknown): Finding[] =>
    containersOf(document).flatMap(({ path, value }) =>
      valueAt(value, 'network.egress') === undefined
        ? []
        : find(value).map((finding) => ({ ...finding, path: joined(path, finding.path) })),
    );
  return { name, run };
}
