import fc from 'fast-check';
import { expect, test } from 'vitest';
import { remainingPorts, samePorts } from '../../src/network/same-ports.ts';
import type { PortSpec } from '../../src/schema/container-spec.ts';
import type { PublishedPort } from '../../src/schema/container-state.ts';

const addresses = ['0.0.0.0'];
const wanted = (containerPort: number, first?: number, last = first): PortSpec => ({
  containerPort,
  protocol: 'tcp',
  addresses,
  ...(first !== undefined && last !== undefined && { hostPorts: { first, last } }),
});
const published = (containerPort: number, hostPort: number): PublishedPort => ({
  containerPort,
  protocol: 'tcp',
  hostPort,
  addresses,
});

test('a port is known again by what it was published as', () => {
  const known = [published(80, 40000), published(80, 5000), published(90, 8003)];
  expect(samePorts([wanted(80), wanted(80, 5000), wanted(90, 8000, 8010), wanted(91)], known)).toEqual([
    known[0],
    known[1],
    known[2],
    undefined,
  ]);
  expect(samePorts([wanted(90, 8004, 8010), wanted(80, 5001)], known)).toEqual([undefined, undefined]);
});

test('what was published at a port of its own number, and is no more, is nobody else’s', () => {
  const known = [published(80, 5000), published(80, 40000), published(80, 8003)];
  const [fixed, free, range] = [wanted(80, 5000), wanted(80), wanted(80, 8000, 8010)];
  expect(remainingPorts([fixed, free, range], known, [free, range])).toEqual([known[1], known[2]]);
  // Who takes any may have what he had, whatever he takes now.
  expect(remainingPorts([fixed, free, range], known, [fixed, wanted(80, 8000, 8020)])).toEqual(known);
});

test('one at all addresses is none at a single one, and one of TCP none of UDP', () => {
  const known = [published(80, 5000)];
  expect(samePorts([{ ...wanted(80, 5000), addresses: ['127.0.0.1'] }], known)).toEqual([undefined]);
  expect(samePorts([{ ...wanted(80, 5000), protocol: 'udp' }], known)).toEqual([undefined]);
});

test('in whatever order they are asked for, all that are fixed are found and none is two', () => {
  const some = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(some, fc.integer({ min: 0, max: 5 }), fc.func(fc.integer()), (ports, free, order) => {
      const known = ports.map((port) => published(80, port));
      const asked = [
        ...Array.from({ length: free }, () => wanted(80)),
        ...ports.map((port) => wanted(80, port)),
      ];
      const shuffled = asked.toSorted((one, other) => order(one) - order(other));
      const found = samePorts(shuffled, known);
      for (const [index, port] of shuffled.entries())
        expect(found[index]?.hostPort).toBe(port.hostPorts?.first);
    }),
  );
});
