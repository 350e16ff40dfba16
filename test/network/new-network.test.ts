import { describe, expect, test } from 'vitest';
import { contains, overlap } from '../../src/linux/ip-address.ts';
import { subnetOf } from '../../src/network/addresses.ts';
import { checkNetworkName, defaultNetwork, newNetwork } from '../../src/network/new-network.ts';
import { freeUniqueLocal } from '../../src/network/pool.ts';

const taken = (...texts: string[]) =>
  texts.map((text) => ({ subnet: subnetOf(text), holder: `route to ${text}` }));
const made = (more: Partial<typeof defaultNetwork>, ...ranges: string[]) =>
  newNetwork({ ...defaultNetwork, ...more }, { taken: taken(...ranges), bridge: 'sc3' });

describe('a new network', () => {
  test('has a range that nobody has, where it asks for none', () => {
    expect(made({}, '10.200.0.0/22').subnets).toEqual([{ subnet: '10.200.4.0/22', gateway: '10.200.4.1' }]);
  });

  test('has one of IPv6 that nobody else chooses, where it asks for one', () => {
    const [, first] = made({ ipv6: true }).subnets;
    const [, second] = made({ ipv6: true }).subnets;
    expect(contains(subnetOf('fd00::/8'), subnetOf(first?.subnet ?? ''))).toBe(true);
    expect(first?.subnet).toMatch(/\/64$/);
    expect(first?.subnet).not.toBe(second?.subnet);
    expect(made({ subnets: ['fd00:89::/64'], ipv6: true }).subnets).toEqual([
      { subnet: 'fd00:89::/64', gateway: 'fd00:89::1' },
    ]);
  });

  test('has the gateway and the part for containers in the range that they are of', () => {
    const subnets = ['10.89.0.0/24', 'fd00:89::/64'];
    expect(made({ subnets, gateway: '10.89.0.254', ipRange: 'fd00:89::8000/113' }).subnets).toEqual([
      { subnet: '10.89.0.0/24', gateway: '10.89.0.254' },
      { subnet: 'fd00:89::/64', gateway: 'fd00:89::1', ipRange: 'fd00:89::8000/113' },
    ]);
  });

  test('is refused with who has its range', () => {
    expect(() => made({ subnets: ['10.0.0.0/8'] }, '10.89.0.0/24')).toThrow(
      expect.objectContaining({
        code: 'SC_EXISTS',
        message: 'make network "bridge": 10.0.0.0/8 overlaps the route to 10.89.0.0/24',
      }),
    );
  });

  test.each(['a', 'a'.repeat(129), '-a', 'a/b', 'none', 'host', ''])('is not called %j', (name) => {
    expect(() => checkNetworkName(name)).toThrow(expect.objectContaining({ code: 'SC_USAGE' }));
  });
});

test('a range of IPv6 that somebody has is not taken', () => {
  const bytes = [Buffer.alloc(7), Buffer.alloc(7, 1)];
  const subnet = freeUniqueLocal(taken('fd00::/64'), () => bytes.shift() ?? Buffer.alloc(7, 2));
  expect(overlap(subnet, subnetOf('fd00::/64'))).toBe(false);
});
