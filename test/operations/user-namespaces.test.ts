import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evenMaps } from '../../src/linux/id-maps.ts';
import { freeRange } from '../../src/operations/user-namespaces.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { spec } from '../support/containers.ts';

const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));

function containerAt(host: number): ContainerState {
  const userNamespace = evenMaps({ inside: 0, host, size: 65536 });
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
      for (const other of [own, ...others]) containers.push(containerAt(freeRange(other, containers)));
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
