import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inspect } from '../../src/operations/inspect.ts';
import { list } from '../../src/operations/list.ts';
import { recover } from '../../src/operations/recover.ts';
import { openWorkplace, type Workplace } from '../../src/operations/workplace.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { makeWorkshop } from '../support/containers.ts';
import { newState } from '../support/states.ts';

let workshop: ReturnType<typeof makeWorkshop>;
let place: Workplace;

beforeEach(async () => {
  workshop = makeWorkshop();
  place = await openWorkplace({
    root: join(workshop.directory, 'store'),
    backend: 'native',
    storageDriver: 'overlay',
  });
});
afterEach(() => workshop.remove());

/** A process that has been and is no more. */
function dead() {
  const { pid } = spawnSync('true');
  return { pid, startTime: 1 };
}

/** A container that an sc has left behind, with what it may have written. */
async function leave(changes: Partial<ContainerState>, removeOnExit = false): Promise<ContainerState> {
  const whole = newState({ runner: dead(), ...changes });
  const state = { ...whole, spec: { ...whole.spec, removeOnExit } };
  await place.store.create(state);
  await place.storage().prepare(state.id, { kind: 'directory', path: workshop.rootfs });
  return state;
}

const written = (state: ContainerState) => join(workshop.directory, 'store/storage/overlay', state.id);

test('a container that never ran is gone with all that was made for it', async () => {
  const state = await leave({ status: 'creating' });
  expect(await recover(place)).toEqual({ containers: [], broken: [], failures: [] });
  expect(existsSync(written(state))).toBe(false);
  await expect(place.store.find(state.id)).rejects.toMatchObject({ code: 'SC_NOT_FOUND' });
});

test('one that ran has stopped, and nobody makes up how', async () => {
  const state = await leave({ status: 'running', keeper: dead(), init: dead() });
  const { containers } = await recover(place);
  expect(containers).toMatchObject([
    { id: state.id, status: 'stopped', exit: { code: null, cause: 'unknown' } },
  ]);
  expect(await place.store.find(state.id)).toEqual(containers[0]);
  expect(existsSync(written(state))).toBe(true);
});

test('one of an earlier boot has stopped, whatever process has its number now', async () => {
  await leave({ status: 'running', bootId: 'before', runner: { pid: process.pid, startTime: 1 } });
  expect((await recover(place)).containers).toMatchObject([{ status: 'stopped' }]);
});

test.each(['running', 'stopped'] as const)(
  'one that was to be deleted at its end is, though it is %s',
  async (status) => {
    const state = await leave({ status }, true);
    expect((await recover(place)).containers).toEqual([]);
    expect(existsSync(written(state))).toBe(false);
  },
);

test.each(['creating', 'running'] as const)(
  'one whose sc lives is left alone while it is %s',
  async (status) => {
    const { runner } = newState();
    const state = await leave({ status, runner });
    expect((await recover(place)).containers).toEqual([state]);
  },
);

test('what somebody was killed in the middle of, so that no record names it, is gone too', async () => {
  const left = ['.skeletons/.unfinished', '.removed/gone~1'].map((path) =>
    join(workshop.directory, 'store/storage/overlay', path, 'etc'),
  );
  for (const path of left) mkdirSync(path, { recursive: true });
  await list(place.settings, { all: false });
  expect(left.map((path) => existsSync(join(path, '..')))).toEqual([false, false]);
});

test('a list is enough to clean up, and a look at one container too', async () => {
  const states = [await leave({ status: 'creating' }), await leave({ status: 'running', name: 'ran' })];
  const { containers } = await list(place.settings, { all: true });
  expect(containers).toMatchObject([{ name: 'ran', status: 'stopped' }]);
  expect(states.map((state) => existsSync(written(state)))).toEqual([false, true]);
  expect(await place.store.list()).toEqual({ containers, broken: [] });

  const third = await leave({ status: 'creating', name: 'third' });
  await expect(inspect('third', place.settings)).rejects.toMatchObject({ code: 'SC_NOT_FOUND' });
  expect(existsSync(written(third))).toBe(false);
});

test('what cannot be finished stops nobody, and is told', async () => {
  await leave({ name: 'strange', status: 'running', backend: 'of another sc' });
  await leave({ name: 'plain', status: 'running' });
  const { containers, failures } = await recover(place);
  expect(containers.map(({ name, status }) => `${name} ${status}`)).toEqual([
    'strange running',
    'plain stopped',
  ]);
  expect(failures).toMatchObject([{ code: 'SC_USAGE' }]);
});
