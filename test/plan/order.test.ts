import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDocuments } from '../../src/document/load.ts';
import { inOrder } from '../../src/plan/order.ts';

/** The documents in their order; each is said by what follows its apiVersion. */
function ordered(...texts: string[]) {
  const text = texts.map((words) => `apiVersion: standard-container/v1\n${words}\n`).join('---\n');
  const documents = parseDocuments(text, 'a.yaml', { environment: {}, set: {} });
  return inOrder(
    documents.map(({ value }) => ({ kind: value.kind, name: value.metadata.name, value, steps: [] })),
  );
}

const container = (name: string, more = '') =>
  `kind: Container\nmetadata: { name: ${name} }\nimage: host\nprocess: { args: [sh] }\n${more}`;

test('what depends on another comes after it, and else the order is that of the file', () => {
  const all = ordered(
    container('web', 'dependsOn: [database, { name: cache, condition: healthy }]'),
    'kind: Job\nmetadata: { name: seed }\nimage: host\nprocess: { args: [sh] }\ndependsOn: [database]',
    container('cache'),
    container('database'),
    'kind: Volume\nmetadata: { name: data }',
  );
  expect(all.map(({ name }) => name)).toEqual(['data', 'database', 'cache', 'web', 'seed']);
  expect(all[3]?.after).toContainEqual({ kind: 'Container', name: 'database', condition: 'started' });
  expect(all[3]?.after).toContainEqual({ kind: 'Container', name: 'cache', condition: 'healthy' });
});

test.each([
  ['its network', 'network: { mode: "container:web" }'],
  ['another of its namespaces', 'namespaces: { ipc: "container:web" }'],
])('who is in %s of another comes after it', (_what, more) => {
  const all = ordered(container('side', more), container('web'));
  expect(all.map(({ name }) => name)).toEqual(['web', 'side']);
});

test('a Job of steps comes after the containers that its steps name', () => {
  const steps = 'steps: [{ copy: { from: ./x, to: "web:/x" } }, { wait: { container: seed } }]';
  const all = ordered(
    `kind: Job\nmetadata: { name: ship }\n${steps}`,
    container('web'),
    'kind: Job\nmetadata: { name: seed }\nimage: host\nprocess: { args: [sh] }',
  );
  expect(all.map(({ name }) => name)).toEqual(['web', 'seed', 'ship']);
  expect(all[2]?.after).toEqual([
    { kind: 'Container', name: 'web', condition: 'started' },
    { kind: 'Job', name: 'seed', condition: 'completed' },
  ]);
});

test('a thousand documents in a row are put in order, and so is whatever depends on whatever', () => {
  const row = Array.from({ length: 900 }, (_, index) =>
    container(`c${index}`, index < 899 ? `dependsOn: [c${index + 1}]` : ''),
  );
  expect(ordered(...row)[0]?.name).toBe('c899');
  const sizes = fc.integer({ min: 2, max: 8 });
  const graphs = sizes.chain((size) =>
    fc.array(fc.array(fc.nat({ max: size - 1 }), { maxLength: 3 }), { minLength: size, maxLength: size }),
  );
  fc.assert(
    fc.property(graphs, (later) => {
      const texts = later.map((all, index) => {
        const names = all.filter((other) => other > index).map((other) => `c${other}`);
        return container(`c${index}`, `dependsOn: [${[...new Set(names)].join(', ')}]`);
      });
      const all = ordered(...texts);
      const places = new Map(all.map(({ name }, place) => [name, place]));
      for (const [place, { after }] of all.entries())
        for (const { name } of after) expect(places.get(name)).toBeLessThan(place);
    }),
  );
});
