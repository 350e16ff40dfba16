import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evenMaps } from '../../src/linux/id-maps.ts';
import { freeRange } from '../../src/operations/user-namespaces.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { takenRanges } from '../../src/state/ranges.ts';
import { spec } from '../support/containers.ts';

const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));

const nothing = takenRanges([]);

function containerAt(host: number, size = 65536): ContainerState {
  const userNamespace = evenMaps({ inside: 0, host, size });
  return {
    version: 1,
    id: 'e'.repeat(64),
    name: 'other',
    status: 'running',
    backend: 'native',
    storageDriver: 'overlay',
    bootId: 'b',
    runner: { pid: 1, startTime: 1 },
    createdAt: '2026-01-01T00:00:00.000Z',
    spec: spec(['true'], { security: { userNamespace } }),
  };
}

test('numbers lie where systemd has those of containers, and no two containers share any', () => {
  fc.assert(
    fc.property(id, fc.array(id, { maxLength: 5 }), (own, others) => {
      const containers: ContainerState[] = [];
      for (const other of [own, ...others])
        containers.push(containerAt(freeRange(other, takenRanges(containers))));
      const starts = containers.map(({ spec }) => spec.security.userNamespace?.uids[0]?.host ?? 0);
      expect(new Set(starts).size).toBe(starts.length);
      for (const start of starts) {
        expect(start % 65536).toBe(0);
        expect(start).toBeGreaterThanOrEqual(524288);
        expect(start + 65536).toBeLessThan(1879048191);
      }
    }),
  );
});

const isApart = (start: number, first: number, count: number) =>
  start + 65536 <= first || first + count <= start;

test('nobody of the host, and no container with maps of its file, has any of them', () => {
  const first = fc.integer({ min: 0, max: 2 ** 31 });
  const range = fc.record({ first, count: fc.integer({ min: 1, max: 200_000 }) });
  fc.assert(
    fc.property(id, fc.array(range, { maxLength: 5 }), (own, ranges) => {
      // Where the ID leads to is taken first.
      const wanted = freeRange(own, nothing);
      const all = [...ranges, { first: wanted + 65535, count: 1 }];
      const beside = freeRange(own, nothing, all);
      const containers = all.map(({ first, count }) => containerAt(first, count));
      expect(freeRange(own, takenRanges(containers))).toBe(beside);
      for (const { first, count } of all) expect(isApart(beside, first, count)).toBe(true);
    }),
  );
});

test('a host that has given all of them away gets what the ID leads to', () => {
  expect(freeRange('0'.repeat(64), nothing, [{ first: 0, count: 2 ** 32 }])).toBe(524288);
});
