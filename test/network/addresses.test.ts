import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contains, formatSubnet, parseAddress, parseSubnet } from '../../src/linux/ip-address.ts';
import {
  addressOf,
  candidates,
  firstAddress,
  hardwareAddress,
  subnetOf,
} from '../../src/network/addresses.ts';
import { freeSubnet, refuseTaken } from '../../src/network/pool.ts';

const id = fc.stringMatching(/^[0-9a-f]{64}$/);
const taken = (...texts: string[]) =>
  texts.map((text) => ({ subnet: subnetOf(text), holder: `route to ${text}` }));

describe('the addresses that a container may have', () => {
  test('are all of the range but its first, its last and that of the bridge, each once', () => {
    fc.assert(
      fc.property(id, (text) => {
        const all = [...candidates({ subnet: '10.89.0.0/29', gateway: '10.89.0.3' }, text)];
        expect(all.toSorted()).toEqual(['10.89.0.1', '10.89.0.2', '10.89.0.4', '10.89.0.5', '10.89.0.6']);
      }),
    );
  });

  test('are in the range, and few of a large one', () => {
    const subnet = { subnet: 'fd00:89::/64', gateway: 'fd00:89::1' };
    const all = [...candidates(subnet, '4f2a'.repeat(16))];
    expect(all.length).toBeGreaterThan(4000);
    expect(all.length).toBeLessThan(4097);
    expect(all.every((text) => contains(subnetOf(subnet.subnet), addressOf(text)))).toBe(true);
  });

  test('begin at another one for another container', () => {
    const first = (text: string) =>
      candidates({ subnet: '10.0.0.0/8', gateway: '10.0.0.1' }, text).next().value;
    expect(first('1'.repeat(64))).not.toBe(first('2'.repeat(64)));
  });
});

test('a hardware address is locally administered, no group, and the same for the same text', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(hardwareAddress(text)).toMatch(/^02(:[0-9a-f]{2}){5}$/);
      expect(hardwareAddress(text)).toBe(hardwareAddress(text));
    }),
  );
});

describe('the range of a network', () => {
  test('is the first of the pool that nobody has', () => {
    expect(formatSubnet(freeSubnet([]))).toBe('10.200.0.0/22');
    expect(firstAddress(freeSubnet([]))).toBe('10.200.0.1');
    expect(formatSubnet(freeSubnet(taken('10.200.0.0/16', '10.201.0.128/32')))).toBe('10.201.4.0/22');
  });

  test('is an error where the pool is taken', () => {
    expect(() => freeSubnet(taken('10.0.0.0/8'))).toThrow(
      expect.objectContaining({ code: 'SC_HOST_UNFIT', message: expect.stringContaining('10.200.0.0/13') }),
    );
  });

  test('is refused with the name of who has it', () => {
    const subnet = parseSubnet('10.89.0.0/24');
    if (subnet === undefined) throw new Error('no range');
    expect(() => refuseTaken('make it', subnet, taken('192.0.2.0/24', '10.0.0.0/8'))).toThrow(
      'make it: 10.89.0.0/24 overlaps the route to 10.0.0.0/8',
    );
    expect(() => refuseTaken('make it', subnet, taken('10.88.0.0/16'))).not.toThrow();
  });
});

test('the address of a range is none of another', () => {
  expect(parseAddress('10.200.0.1')).toEqual(addressOf(firstAddress(subnetOf('10.200.0.0/22'))));
});
