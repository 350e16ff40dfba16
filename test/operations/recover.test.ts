import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processReference } from '../../src/linux/process.ts';
import { inspect } from '../../src/operations/inspect.ts';
import { list } from '../../src/operations/list.ts';
import { finishAbandoned, recover } from '../../src/operations/recover.ts';
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
  await (await place.storage()).prepare(state.id, { kind: 'directory', path: workshop.rootfs });
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

describe('a detached container', () => {
  let keeper: ChildProcess;
  beforeEach(async () => {
    keeper = spawn('sleep', ['1000']);
    await once(keeper, 'spawn');
  });
  afterEach(() => keeper.kill());

  const leaveDetached = (changes: Partial<ContainerState> = {}, removeOnExit = false) =>
    leave(
      { status: 'running', detached: true, keeper: processReference(keeper.pid ?? 0), ...changes },
      removeOnExit,
    );
  const kill = async () => {
    keeper.kill('SIGKILL');
    await once(keeper, 'close');
  };

  test.each([false, true])('lives as long as its keeper (to be deleted: %s)', async (removeOnExit) => {
    const state = await leaveDetached({}, removeOnExit);
    expect(await finishAbandoned(place)).toEqual([]);
    expect(await place.store.find(state.id)).toEqual(state);
    await kill();
    const { containers } = await recover(place);
    expect(containers.map(({ status }) => status)).toEqual(removeOnExit ? [] : ['stopped']);
  });

  test('of another boot has stopped, whoever has the number of its keeper', async () => {
    await leaveDetached({ bootId: 'before' });
    expect((await recover(place)).containers).toMatchObject([{ status: 'stopped' }]);
  });

  test('that may be started again is not deleted', async () => {
    const state = await leaveDetached({}, true);
    await place.store.update(state.id, (now) => {
      const { restart, ...monitor } = now.spec.monitor;
      return {
        ...now,
        spec: { ...now.spec, monitor: { ...monitor, restart: { ...restart, policy: 'always' } } },
      };
    });
    await kill();
    expect((await recover(place)).containers).toMatchObject([{ status: 'stopped' }]);
    expect((await recover(place)).containers).toMatchObject([{ status: 'stopped' }]);
    expect(existsSync(written(state))).toBe(true);
  });
});

test('what is under way with a container comes first', async () => {
  const state = await leave({ status: 'running' });
  let recovering: Promise<unknown> | undefined;
  await place.store.exclusively(state.id, async () => {
    recovering = finishAbandoned(place);
    await expect(Promise.race([recovering, sleep(50, 'it waits')])).resolves.toBe('it waits');
    await place.store.update(state.id, (now) => ({ ...now, runner: newState().runner }));
  });
  expect(await recovering).toEqual([]);
  expect((await place.store.find(state.id)).status).toBe('running');
});

test('one whose record is broken keeps nobody from the others', async () => {
  const broken = await leave({ status: 'running' });
  await leave({ status: 'running', name: 'whole' });
  writeFileSync(join(place.store.directory(broken.id), 'state.json'), '');
  const { containers, broken: lost, failures } = await recover(place);
  expect(containers).toMatchObject([{ name: 'whole', status: 'stopped' }]);
  expect([lost.length, failures]).toEqual([1, []]);
});

test('what somebody was killed in the middle of, so that no record names it, is gone too', async () => {
  const left = [
    'storage/overlay/.skeletons/.unfinished',
    'storage/overlay/.removed/gone~1',
    'containers/.removed/gone~1',
  ].map((path) => join(workshop.directory, 'store', path, 'etc'));
  for (const path of left) mkdirSync(path, { recursive: true });
  await list({}, place.settings);
  expect(left.filter((path) => existsSync(join(path, '..')))).toEqual([]);
});

test('a list is enough to clean up, and a look at one container too', async () => {
  const states = [await leave({ status: 'creating' }), await leave({ status: 'running', name: 'ran' })];
  const { containers } = await list({ all: true }, place.settings);
  expect(containers).toMatchObject([{ name: 'ran', status: 'stopped' }]);
  expect(states.map((state) => existsSync(written(state)))).toEqual([false, true]);
  expect(await place.store.list()).toEqual({ containers, broken: [] });

  const third = await leave({ status: 'creating', name: 'third' });
  await expect(inspect({ container: 'third' }, place.settings)).rejects.toMatchObject({
    code: 'SC_NOT_FOUND',
  });
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
