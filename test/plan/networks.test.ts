import { describe, expect, test } from 'vitest';
import { newNetwork } from '../../src/network/new-network.ts';
import { Fields } from '../../src/plan/fields.ts';
import { compileNetwork } from '../../src/plan/network.ts';
import { compileNetworkDocument, stepsOfNetwork } from '../../src/plan/networks.ts';
import type { ContainerNetwork, Network } from '../../src/schema/container-file.ts';

const network = (more: Partial<Network> = {}) =>
  compileNetworkDocument(
    { apiVersion: 'standard-container/v1', kind: 'Network', metadata: { name: 'backend' }, ...more },
    new Fields('file'),
  );
const steps = (wanted: Partial<Network>, there?: Partial<Network>) => {
  const known = there && newNetwork(network(there), { taken: [], bridge: 'sc0' });
  return stepsOfNetwork(network(wanted), [], new Map(known ? [['backend', known]] : []));
};

describe('a document of a network', () => {
  test('makes one where there is none', () => {
    expect(steps({ subnets: ['10.89.0.0/24', 'FD00:89::/64'] })).toMatchObject([
      {
        kind: 'createNetwork',
        name: 'backend',
        network: { subnets: ['10.89.0.0/24', 'fd00:89::/64'], ipv6: false, internal: false, mtu: 1500 },
        reason: 'there is none',
      },
    ]);
  });

  test.each<[Partial<Network>, Partial<Network>]>([
    [{}, {}],
    [{}, { subnets: ['10.89.0.0/24'], gateway: '10.89.0.9' }],
    [{ ipv6: true }, { ipv6: true }],
    [
      { subnets: ['10.89.0.0/24'], ipv6: true },
      { subnets: ['10.89.0.0/24'], ipv6: true },
    ],
    [
      { subnets: ['fd00:0::/64', '10.89.0.0/24'], gateway: 'fd00::9', ipRange: '10.89.0.128/25' },
      { subnets: ['10.89.0.0/24', 'fd00::/64'], gateway: 'fd00::9', ipRange: '10.89.0.128/25' },
    ],
  ])('%j changes nothing where there is one of %j', (wanted, there) => {
    expect(steps(wanted, there)).toEqual([]);
  });

  test.each<[Partial<Network>, string]>([
    [{ mtu: 9000 }, 'with mtu 1500 where the file says 9000'],
    [{ internal: true }, 'with internal false where the file says true'],
    [{ ipv6: true }, 'with ipv6 false where the file says true'],
    [{ subnets: ['10.89.1.0/24'] }, 'with subnets ["10.89.0.0/24"] where the file says ["10.89.1.0/24"]'],
    [
      { subnets: ['10.89.0.0/24'], gateway: '10.89.0.9' },
      'with gateway "10.89.0.1" where the file says "10.89.0.9"',
    ],
    [{ labels: { a: 'b' } }, 'with labels {} where the file says {"a":"b"}'],
  ])('%j is refused where there is one without', (more, words) => {
    expect(() => steps(more, { subnets: ['10.89.0.0/24'] })).toThrow(
      expect.objectContaining({ code: 'SC_EXISTS', message: expect.stringContaining(words) }),
    );
  });
});

describe('the networks of a container', () => {
  const compiled = (wanted: ContainerNetwork) =>
    compileNetwork({ network: wanted }, { id: '4f2a'.repeat(16), image: undefined }, new Fields('file'))
      .networks;

  test('are what the mode names, or those of the list, with the names that hold in all', () => {
    expect(compiled({ mode: 'backend' })).toEqual([{ name: 'backend', addresses: [], aliases: [] }]);
    const networks = [
      { name: 'frontend' },
      { name: 'backend', addresses: ['FD00::7'], mac: '02:AB:00:00:00:07', aliases: ['db', 'web'] },
    ];
    expect(compiled({ aliases: ['web'], networks })).toEqual([
      { name: 'frontend', addresses: [], aliases: ['web'] },
      { name: 'backend', addresses: ['fd00::7'], mac: '02:ab:00:00:00:07', aliases: ['web', 'db'] },
    ]);
    expect(compiled({})).toBeUndefined();
  });
});
