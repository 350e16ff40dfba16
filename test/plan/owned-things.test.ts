import { expect, test } from 'vitest';
import type { OrderedDocument } from '../../src/plan/order.ts';
import { type OwnedThing, orphanThings } from '../../src/plan/owned-things.ts';

const id = (digit: string) => digit.repeat(64);

/** A container that is replaced, of which one of this ID goes. */
const replaced = (name: string, digit: string): OrderedDocument => ({
  ...{ kind: 'Container', name, change: 'replace', after: [] },
  steps: [{ kind: 'remove', id: id(digit), name, aside: `${name}.before`, reason: '' }],
});

const thing = (kind: OwnedThing['kind'], name: string, ...digits: string[]): OwnedThing => ({
  ...{ kind, name, file: '/a.yaml', users: digits.map(id) },
});
const network = (name: string, ...digits: string[]) => thing('Network', name, ...digits);
const all = [network('idle'), network('own', 'a', 'b'), network('shared', 'a', 'c')];
const documents = [replaced('web', 'a'), replaced('db', 'b')];

test('a network goes after all that are attached to it, and not where one stays', () => {
  const { removed, left } = orphanThings(all, documents, { prune: true, volumes: false, left: [] });
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
    orphanThings(all, documents, { prune: false, volumes: false, left: orphans }).left.map(
      ({ kind, name }) => [kind, name],
    );
  expect(names([])).toEqual([
    ['Network', 'idle'],
    ['Network', 'own'],
  ]);
  expect(names([orphan])).toHaveLength(3);
});

test('images go with --prune, volumes where that is asked for in a word of its own', () => {
  const things = [thing('Volume', 'data', 'a'), thing('Volume', 'shared', 'c'), thing('Image', 'web:1', 'b')];
  const planned = (prune: boolean, volumes: boolean) => {
    const { removed, left } = orphanThings(things, documents, { prune, volumes, left: [] });
    const kinds = removed.flatMap(({ steps }) => steps.map(({ kind, name }) => `${kind} ${name}`));
    return [...kinds, ...left.map(({ name }) => `${name} stays`)];
  };
  expect(planned(false, false)).toEqual(['data stays', 'web:1 stays']);
  expect(planned(true, false)).toEqual(['removeImage web:1', 'data stays']);
  expect(planned(true, true)).toEqual(['removeVolume data', 'removeImage web:1']);
});
