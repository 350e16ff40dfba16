import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  capabilities,
  capabilityMask,
  capabilityNames,
  defaultCapabilities,
  parseCapability,
  resolveCapabilities,
} from '../../src/linux/capabilities.ts';

test("the table is the one of the kernel's own header", () => {
  const header = readFileSync('/usr/include/linux/capability.h', 'utf8');
  const defined = [...header.matchAll(/^#define (CAP_\w+)\s+(\d+)$/gm)];
  expect(defined.map(([, name, number]) => [name, Number(number)])).toEqual(
    capabilities.map((name, number) => [name, number]),
  );
});

test('the defaults are the eleven, mask 800405fb', () => {
  expect(defaultCapabilities).toHaveLength(11);
  expect(capabilityMask(defaultCapabilities)).toBe(0x800405fbn);
  expect(capabilityNames(0x800405fbn)).toEqual(defaultCapabilities);
});

test('a capability is read with and without its prefix, in any case', () => {
  expect(['kill', 'Kill', 'CAP_KILL', 'cap_kill'].map(parseCapability)).toEqual(Array(4).fill('CAP_KILL'));
});

test('an unknown capability is refused with its near misses', () => {
  expect(() => parseCapability('SYS_ADMN')).toThrow(
    'unknown capability "SYS_ADMN"; did you mean CAP_SYS_ADMIN',
  );
});

test('names become a mask and come back', () => {
  fc.assert(
    fc.property(fc.subarray([...capabilities]), (names) => {
      expect(capabilityNames(capabilityMask(names))).toEqual(names);
    }),
  );
});

test('bits of a newer kernel have no name and are left out', () => {
  expect(capabilityNames((1n << 63n) | 1n)).toEqual(['CAP_CHOWN']);
});

describe('resolveCapabilities', () => {
  test('answers the defaults where nothing is changed', () => {
    expect(resolveCapabilities({})).toEqual(defaultCapabilities);
  });

  test('adds and drops, sorted by number', () => {
    const changed = resolveCapabilities({ add: ['net_raw', 'MKNOD'], drop: ['CAP_KILL'] });
    expect(capabilityMask(changed)).toBe((0x800405fbn & ~(1n << 5n)) | (1n << 13n) | (1n << 27n));
    expect(changed).toEqual(capabilityNames(capabilityMask(changed)));
  });

  test('drop ALL leaves what is added', () => {
    expect(resolveCapabilities({ add: ['NET_RAW', 'CHOWN'], drop: ['ALL'] })).toEqual([
      'CAP_CHOWN',
      'CAP_NET_RAW',
    ]);
  });

  test('add ALL leaves out what is dropped by name', () => {
    expect(resolveCapabilities({ add: ['all'], drop: ['SYS_ADMIN'] })).toEqual(
      capabilities.filter((name) => name !== 'CAP_SYS_ADMIN'),
    );
  });

  test('ALL is what the caller says that it is', () => {
    expect(resolveCapabilities({ add: ['ALL'] }, ['CAP_KILL'])).toEqual(['CAP_KILL']);
  });

  test.each([
    ['CAP_KILL', { add: ['kill'], drop: ['CAP_KILL'] }],
    ['ALL', { add: ['ALL'], drop: ['ALL'] }],
  ])('%s both added and dropped is an error', (name, changes) => {
    expect(() => resolveCapabilities(changes)).toThrow(`capability "${name}" is both added and dropped`);
  });
});
