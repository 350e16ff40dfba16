import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ScError } from '../../src/errors/error.ts';
import type { UndoStack } from '../../src/execute/undo.ts';
import { type Hands, walk } from '../../src/execute/walk.ts';
import type { PlanStep } from '../../src/schema/plan.ts';
import { spec } from '../support/containers.ts';

const container = spec(['true']);
const reason = '';

function steps(...words: string[]): PlanStep[] {
  return words.map((word): PlanStep => {
    const [kind = '', name = '', more] = word.split(' ');
    if (kind === 'create') return { kind, name, container, reason };
    if (kind === 'image') return { kind, name, id: '', digest: '', from: '', reason };
    if (kind === 'remove') return { kind, id: container.id, name, ...(more && { aside: more }), reason };
    if (kind === 'stop') return { kind, id: container.id, name, reason };
    if (kind === 'start' || kind === 'wait') return { kind, name, reason };
    throw new Error(`no step is called ${kind}`);
  });
}

/** Writes down what is done and undone; what is in `failing` throws instead. */
function writingHands(failing: readonly string[] = []) {
  const log: string[] = [];
  const doing = async (words: string) => {
    if (failing.includes(words))
      throw new ScError('SC_START_FAILED', `${words} failed`, { errno: 'EPERM', hint: 'try' });
    log.push(words);
  };
  const doingUndoable = async (kind: string, name: string, undo: UndoStack) => {
    await doing(`${kind} ${name}`);
    undo.push(name, () => doing(`undo ${kind} ${name}`));
  };
  const hands: { -readonly [Key in keyof Hands]: Hands[Key] } = {
    interrupted: undefined,
    image: ({ name }, undo) => doingUndoable('image', name, undo),
    update: ({ name }, undo) => doingUndoable('update', name, undo),
    stop: ({ name }, undo) => doingUndoable('stop', name, undo),
    remove: async ({ name, aside }, undo) => {
      await doing(`remove ${name}`);
      if (aside !== undefined) undo.later(() => doing(`delete ${aside}`));
    },
    create: ({ name }, undo) => doingUndoable('create', name, undo),
    createNetwork: ({ name }, undo) => doingUndoable('createNetwork', name, undo),
    createVolume: ({ name }, undo) => doingUndoable('createVolume', name, undo),
    start: ({ name }, undo) => doingUndoable('start', name, undo),
    wait: ({ name }) => doing(`wait ${name}`),
  };
  return { log, hands };
}

const one = ['remove a', 'create a', 'start a', 'wait a'];

test('steps are done in their order', async () => {
  const { log, hands } = writingHands();
  await walk(steps(...one), hands);
  expect(log).toEqual(one);
});

test('what was done is undone backwards when a step fails, and the error is the first one', async () => {
  const { log, hands } = writingHands(['wait a']);
  await expect(walk(steps(...one), hands)).rejects.toThrow('wait a failed');
  expect(log).toEqual(['remove a', 'create a', 'start a', 'undo start a', 'undo create a']);
});

test('what is set aside goes when all is done, and stays where something fails', async () => {
  const all = steps('stop a', 'remove a a.before', 'create a', 'start a');
  const well = writingHands();
  await walk(all, well.hands);
  expect(well.log.at(-1)).toBe('delete a.before');
  const failing = writingHands(['start a']);
  await expect(walk(all, failing.hands)).rejects.toThrow('start a failed');
  expect(failing.log).toEqual(['stop a', 'remove a', 'create a', 'undo create a', 'undo stop a']);
});

test('a container that has ended stays, whatever fails later', async () => {
  const { log, hands } = writingHands(['start b']);
  await expect(walk(steps('create a', 'start a', 'wait a', 'create b', 'start b'), hands)).rejects.toThrow();
  expect(log.filter((words) => words.startsWith('undo'))).toEqual(['undo create b']);
});

test('steps of Jobs are done by their hands, and by nobody where there are none', async () => {
  const { log, hands } = writingHands(['finish j']);
  const jobs = {
    step: async ({ path }: { path: string }, undo: UndoStack) => {
      log.push(path);
      undo.push('c', async () => {
        log.push('undo c');
      });
    },
    finish: async ({ name }: { name: string }) => {
      log.push(`finish ${name}`);
      throw new ScError('SC_START_FAILED', 'no');
    },
  };
  const step = { kind: 'step', name: 'j', path: 'steps[0].stop', line: 1, column: 1, reason } as const;
  const all: PlanStep[] = [
    { ...step, step: { stop: { container: 'c' } } },
    { kind: 'finish', name: 'j', containers: ['c'], reason },
  ];
  await expect(walk(all, { ...hands, jobs })).rejects.toThrow('no');
  expect(log).toEqual(['steps[0].stop', 'finish j', 'undo c']);
  await expect(walk(all, hands)).rejects.toThrow('there are no hands for them');
});

test('an image is undone like a container, also behind one that has ended', async () => {
  const { log, hands } = writingHands(['start b']);
  const all = steps('image i', 'create a', 'start a', 'wait a', 'create b', 'start b');
  await expect(walk(all, hands)).rejects.toThrow('start b failed');
  expect(log.filter((words) => words.startsWith('undo'))).toEqual(['undo create b', 'undo image i']);
});

test('once it is interrupted, what has begun goes on and nothing else begins', async () => {
  const { log, hands } = writingHands();
  const start = hands.start;
  hands.start = async (step, undo) => {
    hands.interrupted = 'SIGINT';
    await start(step, undo);
  };
  await walk(steps(...one, 'remove b', 'create b', 'start b', 'wait b'), hands);
  expect(log).toEqual(one);
});

test('what was begun but does not run yet when it is interrupted is undone', async () => {
  const { log, hands } = writingHands();
  const create = hands.create;
  hands.create = async (step, undo) => {
    hands.interrupted = 'SIGINT';
    await create(step, undo);
  };
  await walk(steps(...one), hands);
  expect(log).toEqual(['remove a', 'create a', 'undo create a']);
});

test('errors of the undoing are reported beside the first, and stop nothing', async () => {
  const { log, hands } = writingHands(['wait a', 'undo start a']);
  const error = await walk(steps(...one), hands).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'SC_START_FAILED',
    message: 'wait a failed',
    errno: 'EPERM',
    hint: 'try',
    undo: [{ message: 'undo start a failed' }],
  });
  expect(log.at(-1)).toBe('undo create a');
});

test('wherever it fails, what is left is what has ended', async () => {
  const all = ['a', 'b', 'c'].flatMap((name) => ['create', 'start', 'wait'].map((kind) => `${kind} ${name}`));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...all), async (failing) => {
      const { log, hands } = writingHands([failing]);
      await walk(steps(...all), hands).catch(() => {});
      const ended = log.filter((words) => words.startsWith('wait')).map((words) => words.slice(5));
      const there = ['a', 'b', 'c'].filter(
        (name) => log.includes(`create ${name}`) && !log.includes(`undo create ${name}`),
      );
      expect(there).toEqual(ended);
    }),
  );
});
