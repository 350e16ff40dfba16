import { expect, test } from 'vitest';
import type { OrderedDocument } from '../../src/plan/order.ts';
import { orphanNetworks } from '../../src/plan/owned-networks.ts';

const id = (digit: string) => digit.repeat(64);

/** A container that is replaced, of which one of this ID goes. */
const replaced = (name: string, digit: string): OrderedDocument => ({
  ...{ kind: 'Container', name, change: 'replace', after: [] },
  steps: [{ kind: 'remove', id: id(digit), name, aside: `${name}.before`, reason: '' }],
});

const network = (name: string, ...digits: string[]) => ({ name, file: '/a.yaml', users: digits.map(id) });
const all = [network('idle'), network('own', 'a', 'b'), network('shared', 'a', 'c')];
const documents = [replaced('web', 'a'), replaced('db', 'b')];

test('a network goes after all that are attached to it, and not where one stays', () => {
  const { removed, left } = orphanNetworks(all, documents, { prune: true, left: [] });
  expect(removed).toMatchObject([
    { kind: 'Network', name: 'idle', change: 'remove', after: [], steps: [{ kind: 'removeNetwork' }] },
    {
      ...{ name: 'own', steps: [{ kind: 'removeNetwork', name: 'own' }] },
      after: [
        { kind: 'Container', name: 'web' },
        { kind: 'Container', name: 'db' },
      ],
    },
  ]);
  expect(removed).toHaveLength(2);
  expect(left).toEqual([]);
});

test('without --prune those are told that it would remove, with the containers that it would', () => {
  const orphan = { kind: 'Container' as const, id: id('c'), name: 'old', file: '/a.yaml' };
  const names = (orphans: (typeof orphan)[]) =>
    orphanNetworks(all, documents, { prune: false, left: orphans }).left.map(({ kind, name }) => [
      kind,
      name,
    ]);
  expect(names([])).toEqual([
    ['Network', 'idle'],
    ['Network', 'own'],
  ]);
  expect(names([orphan])).toHaveLength(3);
});
