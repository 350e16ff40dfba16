import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressBytes,
  addressOfBytes,
  contains,
  formatAddress,
  formatSubnet,
  overlap,
  parseAddress,
  parseSubnet,
  sizeOf,
} from '../../src/linux/ip-address.ts';

const formatted = (text: string) => {
  const address = parseAddress(text);
  return address && formatAddress(address);
};

describe('an address', () => {
  test.each([
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['FD00:0:0:1::00A0', 'fd00:0:0:1::a0'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['fe80::', 'fe80::'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
  ])('%s is %s', (text, expected) => {
    expect(formatted(text)).toBe(expected);
  });

  test.each(['', '1.2.3', '1.2.3.256', '01.2.3.4', 'fe80::1%eth0', ':::', '10.0.0.0/8'])(
    'is not %j',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );

  test('is the same after it was written and read again, in words and in bytes', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(fc.oneof(bytes(4), bytes(16)), (raw) => {
        const address = addressOfBytes(raw);
        expect(parseAddress(formatAddress(address))).toEqual(address);
        expect([...addressBytes(address)]).toEqual([...raw]);
      }),
    );
  });
});

describe('a subnet', () => {
  const subnet = (text: string) => {
    const parsed = parseSubnet(text);
    if (parsed === undefined) throw new Error(text);
    return parsed;
  };

  test('begins at a multiple of its size', () => {
    expect(formatSubnet(subnet('10.89.3.7/22'))).toBe('10.89.0.0/22');
    expect(formatSubnet(subnet('fd00:89::ff/64'))).toBe('fd00:89::/64');
    expect(formatSubnet(subnet('10.0.0.1/0'))).toBe('0.0.0.0/0');
    expect(sizeOf(subnet('10.89.0.0/22'))).toBe(1024n);
  });

  test.each(['10.0.0.0', '10.0.0.0/33', 'fd00::/129', '10.0.0.0/x', '/8'])('is not %j', (text) => {
    expect(parseSubnet(text)).toBeUndefined();
  });

  test('overlaps what is in it and what it is in, and nothing of the other family', () => {
    expect(overlap(subnet('10.0.0.0/8'), subnet('10.89.0.0/24'))).toBe(true);
    expect(overlap(subnet('10.89.0.0/24'), subnet('10.0.0.0/8'))).toBe(true);
    expect(overlap(subnet('10.89.0.0/24'), subnet('10.89.1.0/24'))).toBe(false);
    expect(overlap(subnet('0.0.0.0/0'), subnet('::/0'))).toBe(false);
    expect(contains(subnet('10.89.0.0/24'), subnet('10.89.0.255/32'))).toBe(true);
    expect(contains(subnet('10.89.0.0/24'), subnet('10.89.1.0/32'))).toBe(false);
  });
});
