import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ScError } from '../../src/errors/error.ts';
import { type Crew, conclude, walkDocuments } from '../../src/execute/course.ts';
import { Stacks } from '../../src/execute/undo.ts';
import type { Plan, PlanDocument, Prerequisite } from '../../src/schema/plan.ts';

/** `web: db, seed!` is a Container that comes after two, the second of which is a Job. */
function planOf(...lines: string[]): Plan {
  const documents = lines.map((line): PlanDocument => {
    const [name = '', after = ''] = line.split(':');
    const names = after.split(',').map((word) => word.trim());
    const prerequisites = names.filter((word) => word !== '').map((word) => ({ ...named(word) }));
    return { ...named(name), change: 'start', after: prerequisites, steps: 1 };
  });
  const steps = documents.map(({ name }) => ({ kind: 'start' as const, name, reason: '' }));
  return { apiVersion: 'standard-container/v1', file: 'a.yaml', changes: true, documents, steps };
}

function named(word: string): Pick<Prerequisite, 'kind' | 'name'> {
  return { kind: word.endsWith('!') ? 'Job' : 'Container', name: word };
}

interface Ways {
  failing?: readonly string[];
  unready?: readonly string[];
  onStart?: (name: string, crew: { interrupted: string | undefined }) => void;
}

/** Tells of each start when it begins and when it is done, some turns later. */
function crewOf({ failing = [], unready = [], onStart = () => {} }: Ways = {}) {
  const log: string[] = [];
  const refuse = async () => {
    throw new Error('no such step is planned');
  };
  const crew: Crew & { interrupted: string | undefined } = {
    interrupted: undefined,
    image: refuse,
    update: refuse,
    stop: refuse,
    remove: refuse,
    create: refuse,
    createNetwork: refuse,
    createVolume: refuse,
    wait: refuse,
    start: async ({ name }) => {
      log.push(name);
      onStart(name, crew);
      for (let turn = 0; turn < 3; turn++) await Promise.resolve();
      if (failing.includes(name)) throw new ScError('SC_START_FAILED', `${name} failed`);
      log.push(`${name} done`);
    },
    reach: async ({ name }) => (unready.includes(name) ? `${name} is not ready` : undefined),
  };
  return { crew, log };
}

test('what comes after another begins when that is done, and what does not at the same time', async () => {
  const { crew, log } = crewOf();
  const outcomes = await walkDocuments(planOf('db', 'cache', 'web: db, cache'), crew);
  expect(log).toEqual(['db', 'cache', 'db done', 'cache done', 'web', 'web done']);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done']);
  expect(outcomes[0]?.milliseconds).toBeGreaterThanOrEqual(0);
});

test('Jobs are done one after the other, in their order', async () => {
  const { crew, log } = crewOf();
  await walkDocuments(planOf('one!', 'two!', 'web'), crew);
  expect(log.filter((word) => word.includes('!'))).toEqual(['one!', 'one! done', 'two!', 'two! done']);
  expect(log.indexOf('web')).toBeLessThan(log.indexOf('one! done'));
});

test('eight are worked on at a time', async () => {
  const { crew, log } = crewOf();
  await walkDocuments(planOf(...Array.from({ length: 20 }, (_, index) => `c${index}`)), crew);
  let most = 0;
  let now = 0;
  for (const word of log) {
    now += word.endsWith('done') ? -1 : 1;
    most = Math.max(most, now);
  }
  expect(most).toBe(8);
});

test('what comes after one that fails is skipped, and the others are done', async () => {
  const { crew, log } = crewOf({ failing: ['db'] });
  const outcomes = await walkDocuments(planOf('db', 'web: db', 'proxy: web', 'other'), crew);
  expect(log).toEqual(['db', 'other', 'other done']);
  expect(outcomes).toMatchObject([
    { outcome: 'failed', error: { message: 'db failed' } },
    { outcome: 'skipped', because: 'Container "db" has failed' },
    { outcome: 'skipped', because: 'Container "web" was skipped' },
    { outcome: 'done' },
  ]);
});

test('what comes after one that is not as far as it has to be is skipped, with the reason', async () => {
  const { crew } = crewOf({ unready: ['seed!'] });
  const outcomes = await walkDocuments(planOf('seed!', 'web: seed!'), crew);
  expect(outcomes[0]).toMatchObject({ outcome: 'done' });
  // Nothing of it was begun, and so it took no time.
  expect(outcomes[1]).toEqual({ outcome: 'skipped', because: 'seed! is not ready' });
});

test('once it is interrupted none is begun, and what runs is waited for', async () => {
  const { crew, log } = crewOf({
    onStart: (name, hands) => {
      if (name === 'one!') hands.interrupted = 'SIGINT';
    },
  });
  const outcomes = await walkDocuments(planOf('one!', 'two!', 'web: one!'), crew);
  expect(log).toEqual(['one!', 'one! done']);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'interrupted', 'interrupted']);
});

test('whatever depends on whatever and fails, each is begun after all that come before it, or not at all', async () => {
  const sizes = fc.integer({ min: 1, max: 12 });
  const graphs = sizes.chain((size) =>
    fc.tuple(
      fc.array(fc.array(fc.nat({ max: size - 1 }), { maxLength: 3 }), { minLength: size, maxLength: size }),
      fc.subarray(Array.from({ length: size }, (_, index) => `c${index}`)),
    ),
  );
  await fc.assert(
    fc.asyncProperty(graphs, async ([before, failing]) => {
      const lines = before.map((all, index) => {
        const names = all.filter((other) => other < index).map((other) => `c${other}`);
        return `c${index}: ${[...new Set(names)].join(', ')}`;
      });
      const { crew, log } = crewOf({ failing });
      const plan = planOf(...lines);
      const outcomes = await walkDocuments(plan, crew);
      for (const [index, { name, after }] of plan.documents.entries()) {
        const all = after.map((one) => plan.documents.findIndex((other) => other.name === one.name));
        const areDone = all.every((other) => outcomes[other]?.outcome === 'done');
        expect(log.includes(name)).toBe(areDone);
        expect(outcomes[index]?.outcome).toBe(
          !areDone ? 'skipped' : failing.includes(name) ? 'failed' : 'done',
        );
        for (const one of areDone ? after : [])
          expect(log.indexOf(`${one.name} done`)).toBeLessThan(log.indexOf(name));
      }
    }),
  );
});

test('what cannot be undone is told by those that were done, and by the one that failed where there are none', async () => {
  const concluded = async (...lines: string[]) => {
    const { crew } = crewOf({ failing: ['bad'] });
    const held = new Stacks();
    held.add().lastly(() => Promise.reject(new Error('it cannot come back')));
    const outcomes = await conclude(
      planOf(...lines),
      await walkDocuments(planOf(...lines), crew, { held }),
      held,
    );
    return outcomes.map((outcome) => {
      const { error } = outcome.outcome === 'failed' ? outcome : {};
      const { message = '', undo = [] } = error instanceof Error ? (error as Partial<ScError>) : {};
      return [outcome.outcome, message, ...undo.map((one) => one.message)];
    });
  };
  expect(await concluded('bad')).toEqual([['failed', 'bad failed', 'it cannot come back']]);
  expect(await concluded('good', 'bad: good')).toEqual([
    ['failed', 'it cannot come back'],
    ['failed', 'bad failed'],
  ]);
});
