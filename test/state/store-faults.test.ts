import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newId } from '../../src/state/id.ts';
import { openStore, type Store } from '../../src/state/store.ts';
import { newState } from '../support/states.ts';

let directory: string;
let root: string;
let store: Store;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sc-faults-'));
  root = join(directory, 'root');
  store = await openStore(root);
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** Another process that repeats `action`, which may use `store`, `newState` and `id`. */
async function repeat(action: string, id = ''): Promise<ChildProcess> {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const script = `
    const { openStore } = await import(${url('../../src/state/store.ts')});
    const { newState } = await import(${url('../support/states.ts')});
    const [root, id] = process.argv.slice(1);
    const store = await openStore(root);
    for (let turn = 0; ; turn++) {
      ${action}
      if (turn === 0) console.log('at work');
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, root, id], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout ?? child, 'data');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'close');
}

test('a reader never sees a torn record while writers are killed', async () => {
  const state = newState();
  await store.create(state);
  // Records of different lengths, so that a part of one would show.
  const grow =
    "await store.update(id, (state) => ({ ...state, backend: 'b'.repeat(1 + (turn * 997) % 20000) }), { durable: turn % 2 === 0 });";
  for (let round = 0; round < 8; round++) {
    const writer = await repeat(grow, state.id);
    for (const end = performance.now() + 5 + 10 * round; performance.now() < end; ) {
      expect((await store.find(state.id)).backend).toMatch(/^(native|b+)$/);
      await sleep(0);
    }
    await kill(writer);
    expect((await store.list()).broken).toEqual([]);
    // Its lock has gone with it.
    await store.update(state.id, (current) => ({ ...current, status: 'running' }));
  }
  expect(readdirSync(store.directory(state.id))).toEqual(['state.json']);
}, 60_000);

test('a container is there as a whole or not at all when its maker is killed', async () => {
  const churn = `
    const made = newState({ name: 'web' });
    await store.create(made, { durable: turn % 2 === 0 });
    await store.remove(made.id, { durable: turn % 2 === 0 });`;
  for (let round = 0; round < 8; round++) {
    const maker = await repeat(churn);
    for (const end = performance.now() + 5 + 7 * round; performance.now() < end; ) {
      expect((await store.list()).broken).toEqual([]);
      await sleep(0);
    }
    await kill(maker);
    const { containers, broken } = await store.list();
    expect(broken).toEqual([]);
    for (const { id } of containers) await store.remove(id);
    const next = newState({ name: 'web' });
    await store.create(next);
    expect(await store.find('web')).toEqual(next);
    await store.remove(next.id);
    expect(readdirSync(join(root, 'names'))).toEqual([]);
    expect(readdirSync(join(root, 'containers'))).toEqual(['.removed']);
    expect(readdirSync(join(root, 'containers/.removed'))).toEqual([]);
  }
}, 60_000);

test('what a killed sc left of a name or a container is cleared away', async () => {
  await store.create(newState({ name: 'kept' }));
  // A name whose container never came, the container on its way, and one on its way out.
  symlinkSync(newId(), join(root, 'names/web'));
  mkdirSync(join(root, 'containers/.unfinished'));
  mkdirSync(join(root, `containers/.removed/${newId()}~1`), { recursive: true });
  await expect(store.find('web')).rejects.toMatchObject({ code: 'SC_NOT_FOUND' });
  const other = newState({ name: 'other' });
  await store.create(other);
  expect(readdirSync(join(root, 'names')).sort()).toEqual(['kept', 'other']);
  await store.remove(other.id);
  expect(readdirSync(join(root, 'containers/.removed'))).toEqual([]);
  expect(readdirSync(join(root, 'containers'))).not.toContain('.unfinished');
});

test('a name whose container never came can be taken', async () => {
  await store.create(newState({ name: 'kept' }));
  symlinkSync(newId(), join(root, 'names/web'));
  const state = newState({ name: 'web' });
  await store.create(state);
  expect(await store.find('web')).toEqual(state);
});

test('no container that a killed sc leaves is overlooked', async () => {
  await store.create(newState({ name: 'kept' }));
  await store.abandoned();
  const churn = `
    const made = newState();
    made.spec.removeOnExit = turn % 3 === 0;
    await store.create(made, { durable: false });
    for (const status of ['running', 'stopped', 'running', 'stopped'])
      await store.update(made.id, (state) => ({ ...state, status }), { durable: false });
    if (turn % 2 === 0) await store.remove(made.id, { durable: false });`;
  for (let round = 0; round < 8; round++) {
    const maker = await repeat(churn);
    await sleep(5 + 9 * round);
    await kill(maker);
    const { containers } = await store.list();
    const left = containers.filter(
      ({ name, status, spec }) => name !== 'kept' && (status !== 'stopped' || spec.removeOnExit),
    );
    const recalled = await Promise.all((await store.abandoned()).map((abandoned) => store.recall(abandoned)));
    expect(recalled.filter((state) => state !== undefined).map(({ id }) => id)).toEqual(
      expect.arrayContaining(left.map(({ id }) => id)),
    );
    // And what was left for nothing is told once.
    expect(await store.abandoned()).toHaveLength(left.length);
    for (const { id, name } of containers) if (name !== 'kept') await store.remove(id);
    expect(await store.abandoned()).toEqual([]);
  }
}, 60_000);

test('a name leads to its container when who renames it is killed', async () => {
  const { id } = newState();
  await store.create(newState({ id, name: 'even' }));
  const swap = `
    const { name } = await store.find(id);
    await store.rename(id, name === 'even' ? 'odd' : 'even');`;
  for (let round = 0; round < 8; round++) {
    const renamer = await repeat(swap, id);
    for (const end = performance.now() + 5 + 7 * round; performance.now() < end; ) {
      // Between one look and the other it may have got the name at which nobody looks any more, but not each time.
      let found: PromiseSettledResult<string>[] = [];
      for (let times = 0; times < 10 && !found.some(({ status }) => status === 'fulfilled'); times++)
        found = await Promise.allSettled([store.identify('even'), store.identify('odd')]);
      expect(found).toContainEqual({ status: 'fulfilled', value: id });
      await sleep(0);
    }
    await kill(renamer);
    const { name } = await store.find(id);
    expect(await store.identify(name)).toBe(id);
    // The next who changes anything puts right what is left.
    const other = newState({ name: name === 'even' ? 'odd' : 'even' });
    await store.create(other);
    expect(await store.find(other.name)).toEqual(other);
    await store.remove(other.id);
    expect(readdirSync(join(root, 'names'))).toEqual([name]);
    expect(readdirSync(join(root, 'containers')).sort()).toEqual(['.removed', id].sort());
  }
}, 60_000);

test.each([
  ['before the record', 'old'],
  ['behind it', 'new'],
])('a renaming that was cut short %s is settled by the name in the record', async (_, name) => {
  const { id } = newState();
  await store.create(newState({ id, name }));
  const other = name === 'old' ? 'new' : 'old';
  symlinkSync(id, join(root, 'names', other));
  symlinkSync(id, join(root, 'containers/.renaming'));
  expect(await Promise.all([store.identify('old'), store.identify('new')])).toEqual([id, id]);
  await store.create(newState({ name: other }));
  expect((await store.find(name)).id).toBe(id);
  expect((await store.find(other)).id).not.toBe(id);
});

test('a name that a loss of power has taken is found again in the next boot', async () => {
  const { id } = newState();
  await store.create(newState({ id, name: 'web' }));
  rmSync(join(root, 'names/web'));
  symlinkSync(id, join(root, 'names/old'));
  await store.abandoned();
  expect(await store.identify('web')).toBe(id);
  expect(readdirSync(join(root, 'names'))).toEqual(['web']);
});
