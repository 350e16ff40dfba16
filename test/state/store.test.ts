import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { newId } from '../../src/state/id.ts';
import { JournalReader } from '../../src/state/journal-reader.ts';
import { openStore, type Store } from '../../src/state/store.ts';
import { newState } from '../support/states.ts';

const quick = { durable: false };

let directory: string;
let root: string;
let store: Store;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sc-state-'));
  root = join(directory, 'root');
  store = await openStore(root);
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

async function created(changes: Partial<ContainerState> = {}): Promise<ContainerState> {
  const state = newState(changes);
  await store.create(state, quick);
  return state;
}

const recordOf = (id: string) => join(store.directory(id), 'state.json');

/** All that is below the root, but for the overview and the journal, which have tests of their own. */
const everything = () =>
  existsSync(root)
    ? readdirSync(root, { recursive: true, encoding: 'utf8' })
        .filter((path) => !/^(overview|events)/.test(path))
        .sort()
    : [];

describe('the root', () => {
  test('is not made by looking', async () => {
    expect(await store.list()).toEqual({ containers: [], broken: [] });
    await expect(store.find('web')).rejects.toMatchObject({ code: 'SC_NOT_FOUND' });
    await store.remove(newId());
    expect(existsSync(root)).toBe(false);
  });

  test('is for its owner alone, and so is all in it', async () => {
    const umask = process.umask(0);
    const { id } = await created().finally(() => process.umask(umask));
    const mode = (path: string) => statSync(path).mode & 0o7777;
    for (const path of [root, join(root, 'containers'), join(root, 'names'), store.directory(id)]) {
      expect(mode(path)).toBe(0o700);
    }
    expect(mode(recordOf(id))).toBe(0o600);
  });

  test.each([
    ['it is a link', () => symlinkSync(mkdtempSync(`${root}-`), root)],
    ['it is not a directory', () => writeFileSync(root, '')],
    ['it belongs to user 1', () => mkdirAs(1, 0o700)],
    ['others can write to it (mode 0770)', () => mkdirAs(0, 0o770)],
    ['others can write to it (mode 0702)', () => mkdirAs(0, 0o702)],
  ])('is refused when %s', async (why, make) => {
    make();
    await expect(openStore(root)).rejects.toMatchObject({
      code: 'SC_HOST_UNFIT',
      message: `use "${root}" for the state of containers: ${why}`,
    });
    const before = readdirSync(directory, { recursive: true });
    await expect(store.create(newState())).rejects.toMatchObject({ code: 'SC_HOST_UNFIT' });
    expect(readdirSync(directory, { recursive: true })).toEqual(before);
  });

  test('is refused where it can never be made', async () => {
    writeFileSync(root, '');
    await expect(openStore(join(root, 'below'))).rejects.toMatchObject({
      code: 'SC_HOST_UNFIT',
      message: `use "${join(root, 'below')}" for the state of containers: lstat "${join(root, 'below')}": ENOTDIR`,
    });
  });

  function mkdirAs(uid: number, mode: number): void {
    mkdirSync(root);
    chownSync(root, uid, uid);
    chmodSync(root, mode);
  }
});

describe('create', () => {
  test('keeps a container as it was given', async () => {
    const state = newState({ name: 'web' });
    await store.create(state);
    expect(await store.find('web')).toEqual(state);
    expect(await store.list()).toEqual({ containers: [state], broken: [] });
    expect(everything()).toEqual(
      [
        'containers',
        'containers/.removed',
        `containers/${state.id}`,
        `containers/${state.id}/state.json`,
        'names',
        'names/web',
      ].sort(),
    );
  });

  test('refuses a name that is taken and says by whom, and leaves nothing', async () => {
    const holder = await created({ name: 'web' });
    const before = everything();
    await expect(created({ name: 'web' })).rejects.toMatchObject({
      code: 'SC_EXISTS',
      message: `create container "web": the name is taken by container "${holder.id.slice(0, 12)}"`,
    });
    await expect(created({ name: 'other', id: holder.id })).rejects.toMatchObject({ code: 'SC_EXISTS' });
    expect(everything()).toEqual(before);
  });

  test('refuses what is no name', async () => {
    await expect(created({ name: '../web' })).rejects.toMatchObject({ code: 'SC_USAGE' });
    await expect(created({ name: newId() })).rejects.toMatchObject({ code: 'SC_USAGE' });
    expect(existsSync(root)).toBe(false);
  });

  test('fifty at once with one name give one winner', async () => {
    const states = Array.from({ length: 50 }, () => newState({ name: 'web' }));
    const outcomes = await Promise.allSettled(states.map((state) => store.create(state, quick)));
    const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(lost).toHaveLength(49);
    for (const error of lost) expect(error).toMatchObject({ code: 'SC_EXISTS' });
    const { containers, broken } = await store.list();
    expect([containers.length, broken.length]).toEqual([1, 0]);
    expect((await store.find('web')).id).toBe(containers[0]?.id);
  });

  test('fifty at once with fifty names are all there', async () => {
    const states = await Promise.all(Array.from({ length: 50 }, () => created()));
    const ids = ({ id }: ContainerState) => id;
    expect((await store.list()).containers.map(ids).sort()).toEqual(states.map(ids).sort());
  });

  test('does not write a record that could not be read again', async () => {
    await expect(created({ status: 'lost' as 'running' })).rejects.toMatchObject({ code: 'SC_INTERNAL' });
    expect((await store.list()).broken).toEqual([]);
    expect(readdirSync(join(root, 'containers'))).toEqual(['.removed']);
    expect(everything().filter((path) => path.startsWith('names/'))).toEqual([]);
  });

  test('leaves nothing where the disk is full', () => {
    const state = new URL('../support/states.ts', import.meta.url).href;
    const module = new URL('../../src/state/store.ts', import.meta.url).href;
    const script = `
      const { openStore } = await import(${JSON.stringify(module)});
      const { newState } = await import(${JSON.stringify(state)});
      const store = await openStore(process.argv[1]);
      const large = newState();
      large.spec.environment = { LARGE: 'x'.repeat(1e6) };
      const error = await store.create(large).catch((error) => error);
      const list = await store.list();
      await store.create(newState());
      const { readdirSync } = await import('node:fs');
      console.log(error.code, error.errno, list.containers.length, list.broken.length,
        readdirSync(process.argv[1] + '/names').length, readdirSync(process.argv[1] + '/containers').length);`;
    mkdirSync(root);
    const shell = 'mount -t tmpfs -o size=256k,mode=700 tmpfs "$0" && exec "$@"';
    const node = [process.execPath, '--input-type=module', '-e', script, root];
    expect(execFileSync('unshare', ['-m', 'sh', '-c', shell, root, ...node]).toString()).toBe(
      'SC_SYSTEM_CALL ENOSPC 0 0 1 2\n',
    );
  });
});

describe('find', () => {
  test('takes a name, an ID, and as much of the ID as no other has', async () => {
    const one = await created({ name: 'one', id: `a1${newId().slice(2)}` });
    const two = await created({ name: 'two', id: `a2${newId().slice(2)}` });
    expect(await store.find('one')).toEqual(one);
    expect(await store.find(two.id)).toEqual(two);
    expect(await store.find(one.id.slice(0, 12))).toEqual(one);
    expect(await store.find('a2')).toEqual(two);
  });

  test('names the candidates where several fit', async () => {
    const ids = ['a1', 'a2'].map((digits) => digits + newId().slice(2));
    for (const [index, id] of ids.entries()) await created({ id, name: `name-${index}` });
    const [one, two] = ids.map((id) => id.slice(0, 12));
    await expect(store.find('a')).rejects.toMatchObject({
      code: 'SC_AMBIGUOUS',
      message: `"a" fits 2 containers: ${one} (name-0), ${two} (name-1)`,
    });
  });

  test('shows whole IDs where their beginnings are the same', async () => {
    const beginning = newId().slice(0, 20);
    const ids = ['1', '2'].map((digit) => (beginning + digit).padEnd(64, '0'));
    for (const [index, id] of ids.entries()) await created({ id, name: `name-${index}` });
    await expect(store.find(beginning)).rejects.toThrow(`${ids[0]} (name-0), ${ids[1]} (name-1)`);
  });

  test('prefers a name to an ID that begins like it', async () => {
    const named = await created({ name: 'abc' });
    await created({ id: `abc${newId().slice(3)}` });
    expect(await store.find('abc')).toEqual(named);
  });

  test('suggests a near name', async () => {
    await created({ name: 'database' });
    await expect(store.find('databse')).rejects.toMatchObject({
      code: 'SC_NOT_FOUND',
      message: 'no container "databse"; did you mean database',
    });
  });

  test.each(['', '.', '..', '../names', 'a/b', '.removed', 'a\0b'])(
    'finds nothing for %j',
    async (reference) => {
      await created();
      await expect(store.find(reference)).rejects.toMatchObject({ code: 'SC_NOT_FOUND' });
    },
  );
});

describe('update', () => {
  test('changes the record and answers the new one', async () => {
    const { id } = await created();
    const changed = await store.update(id, (state) => ({ ...state, status: 'running' }));
    expect(changed.status).toBe('running');
    expect(await store.find(id)).toEqual(changed);
  });

  test('loses none of many changes at once', async () => {
    const { id } = await created();
    const add = (state: ContainerState) => ({
      ...state,
      spec: { ...state.spec, labels: { ...state.spec.labels, [newId()]: 'set' } },
    });
    await Promise.all(Array.from({ length: 50 }, () => store.update(id, add, quick)));
    expect(Object.keys((await store.find(id)).spec.labels)).toHaveLength(50);
  });

  test('leaves the record alone when the change throws', async () => {
    const state = await created();
    const fail = () => {
      throw new Error('inside');
    };
    await expect(store.update(state.id, fail)).rejects.toThrow('inside');
    expect(await store.find(state.id)).toEqual(state);
  });

  test('keeps ID and name', async () => {
    const { id } = await created();
    const rename = (state: ContainerState) => ({ ...state, name: 'other' });
    await expect(store.update(id, rename)).rejects.toMatchObject({ code: 'SC_INTERNAL' });
  });

  test('finds no container that is not there, or is removed meanwhile', async () => {
    await expect(store.update(newId(), (state) => state)).rejects.toMatchObject({ code: 'SC_NOT_FOUND' });
    const { id } = await created();
    const remove = (state: ContainerState) => {
      rmSync(store.directory(id), { recursive: true });
      return state;
    };
    await expect(store.update(id, remove)).rejects.toMatchObject({ code: 'SC_NOT_FOUND' });
  });
});

describe('rename', () => {
  test('changes the name in the record, its spec and the way to it', async () => {
    const state = await created({ name: 'old' });
    const renamed = { ...state, name: 'new', spec: { ...state.spec, name: 'new' } };
    expect(await store.rename(state.id, 'new')).toEqual(renamed);
    expect(await store.find('new')).toEqual(renamed);
    await expect(store.find('old')).rejects.toMatchObject({ code: 'SC_NOT_FOUND' });
    expect(readdirSync(join(root, 'names'))).toEqual(['new']);
    expect(readdirSync(join(root, 'containers')).sort()).toEqual(['.removed', state.id].sort());
    await created({ name: 'old' });
  });

  test('refuses a name that is taken, and what is none', async () => {
    const { id } = await created({ name: 'one' });
    await created({ name: 'two' });
    const before = everything();
    await expect(store.rename(id, 'two')).rejects.toMatchObject({ code: 'SC_EXISTS' });
    await expect(store.rename(id, 'one')).rejects.toMatchObject({ code: 'SC_EXISTS' });
    await expect(store.rename(id, 'a/b')).rejects.toMatchObject({ code: 'SC_USAGE' });
    await expect(store.rename(newId(), 'three')).rejects.toMatchObject({ code: 'SC_NOT_FOUND' });
    expect(everything()).toEqual(before);
  });

  test('of fifty to one name succeeds once, and loses no change', async () => {
    const states = await Promise.all(Array.from({ length: 50 }, () => created()));
    const changes = states.map(({ id }) =>
      store.update(id, (state) => ({ ...state, status: 'running' }), quick),
    );
    const outcomes = await Promise.allSettled(states.map(({ id }) => store.rename(id, 'web')));
    await Promise.all(changes);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { containers } = await store.list();
    expect(new Set(containers.map(({ status }) => status))).toEqual(new Set(['running']));
    expect(readdirSync(join(root, 'names')).sort()).toEqual(containers.map(({ name }) => name).sort());
  });
});

test('each change is told to whoever listens, and nothing else', async () => {
  const { id, name } = await created({ name: 'web' });
  const exit = { code: 3, cause: 'exit' } as const;
  await store.update(id, (state) => ({ ...state, status: 'running' }), quick);
  await store.update(id, (state) => ({ ...state }), quick);
  await store.update(id, (state) => ({ ...state, status: 'stopped', exit }), quick);
  await expect(created({ name: 'web' })).rejects.toMatchObject({ code: 'SC_EXISTS' });
  await store.remove(id, { exit });
  await store.remove(id);
  const unrecorded = await created({ status: 'running', name: 'unrecorded' });
  await store.remove(unrecorded.id, { exit });
  await store.tell({ type: 'logTrouble', container: { id, name } });
  const reader = new JournalReader(root);
  expect(reader.read().map(({ type, container, exit }) => [type, container?.name, exit?.code])).toEqual([
    ['created', 'web', undefined],
    ['started', 'web', undefined],
    ['stopped', 'web', 3],
    ['deleted', 'web', undefined],
    ['created', 'unrecorded', undefined],
    ['stopped', 'unrecorded', 3],
    ['deleted', 'unrecorded', undefined],
    ['logTrouble', 'web', undefined],
  ]);
  reader.close();
});

describe('exclusively', () => {
  test('has one operation at a time on a container, while its record can be changed', async () => {
    const { id } = await created();
    const other = await created();
    let [now, most] = [0, 0];
    const operation = async () => {
      most = Math.max(most, ++now);
      await store.update(id, (state) => ({ ...state, status: 'running' }), quick);
      now--;
    };
    await Promise.all(Array.from({ length: 20 }, () => store.exclusively(id, operation)));
    expect(most).toBe(1);
    expect(await store.exclusively(id, () => store.exclusively(other.id, () => 'both'))).toBe('both');
  });

  test('passes on what is thrown, and is over then', async () => {
    const { id } = await created();
    const missing = Object.assign(new Error('of the operation itself'), { code: 'ENOENT' });
    const fail = () => {
      throw missing;
    };
    await expect(store.exclusively(id, fail)).rejects.toBe(missing);
    const remove = async () => {
      await store.remove(id);
      fail();
    };
    await expect(store.exclusively(id, remove)).rejects.toBe(missing);
  });

  test('finds no container that is not there, or is removed while it is waited for', async () => {
    await expect(store.exclusively(newId(), () => 1)).rejects.toMatchObject({ code: 'SC_NOT_FOUND' });
    const { id } = await created();
    let waiting: Promise<unknown> | undefined;
    await store.exclusively(id, async () => {
      waiting = store.exclusively(id, () => expect.unreachable());
      await expect(Promise.race([waiting, sleep(50, 'it waits')])).resolves.toBe('it waits');
      await store.remove(id);
    });
    await expect(waiting).rejects.toMatchObject({ code: 'SC_NOT_FOUND' });
  });

  test('takes a container whose record is broken', async () => {
    const { id } = await created();
    writeFileSync(recordOf(id), '');
    expect(await store.exclusively(id, () => 'done')).toBe('done');
  });

  test('needs no room on a full disk', () => {
    const state = new URL('../support/states.ts', import.meta.url).href;
    const module = new URL('../../src/state/store.ts', import.meta.url).href;
    const script = `
      const { openStore } = await import(${JSON.stringify(module)});
      const { newState } = await import(${JSON.stringify(state)});
      const { writeFileSync } = await import('node:fs');
      const store = await openStore(process.argv[1]);
      const state = newState();
      await store.create(state);
      let full;
      for (let file = 0; full === undefined; file++)
        try { writeFileSync(process.argv[1] + '/' + file, ''); } catch (error) { full = error.code; }
      await store.exclusively(state.id, () => store.remove(state.id));
      console.log(full, (await store.list()).containers.length);`;
    mkdirSync(root);
    const shell = 'mount -t tmpfs -o nr_inodes=64,mode=700 tmpfs "$0" && exec "$@"';
    const node = [process.execPath, '--input-type=module', '-e', script, root];
    expect(execFileSync('unshare', ['-m', 'sh', '-c', shell, root, ...node]).toString()).toBe('ENOSPC 0\n');
  });
});

describe('remove', () => {
  test('leaves nothing, and frees the name', async () => {
    const { id } = await created({ name: 'web' });
    writeFileSync(join(store.directory(id), 'exit'), 'what others keep there');
    await store.remove(id);
    await store.remove(id);
    expect(everything()).toEqual(['containers', 'containers/.removed', 'names']);
    await created({ name: 'web' });
  });

  test('leaves others alone', async () => {
    const one = await created();
    const two = await created();
    await store.remove(one.id);
    expect((await store.list()).containers).toEqual([two]);
  });
});

describe('a broken record', () => {
  let good: ContainerState;
  let bad: ContainerState;

  beforeEach(async () => {
    good = await created({ name: 'good' });
    bad = await created({ name: 'bad' });
  });

  const newer = () => JSON.stringify({ version: 2, id: bad.id, future: true });

  test.each([
    ['empty', () => '', 'it is empty'],
    ['torn', () => JSON.stringify(bad).slice(0, 100), 'it is torn, or no JSON'],
    ['garbage', () => '\0\u0001\u0002', 'it is torn, or no JSON'],
    ['no object', () => '[]', '"" must be object'],
    [
      'without a version',
      () => JSON.stringify({ ...bad, version: undefined }),
      "must have required property 'version'",
    ],
    [
      'of an unknown status',
      () => JSON.stringify({ ...bad, status: 'lost' }),
      '"status" must be equal to one of',
    ],
    ['of another container', () => JSON.stringify(good), 'it is of another container'],
  ])('that is %s is named, and the others stay usable', async (_, text, why) => {
    writeFileSync(recordOf(bad.id), text());
    const error = {
      code: 'SC_STATE_CORRUPT',
      message: expect.stringContaining(`read "${recordOf(bad.id)}": `),
    };
    await expect(store.find('bad')).rejects.toMatchObject(error);
    await expect(store.find('bad')).rejects.toThrow(why);
    await expect(store.update(bad.id, (state) => state)).rejects.toMatchObject(error);
    const list = await store.list();
    expect(list.containers).toEqual([good]);
    expect(list.broken).toMatchObject([{ id: bad.id, error }]);
    expect(list.broken[0]?.error.hint).toContain(`sc delete --force ${bad.id.slice(0, 12)}`);
  });

  test.each([
    ['missing', () => rmSync(recordOf(bad.id))],
    ['a directory', () => [rmSync(recordOf(bad.id)), mkdirSync(recordOf(bad.id))]],
  ])('that is %s is named too', async (_, make) => {
    make();
    await expect(store.find('bad')).rejects.toMatchObject({ code: 'SC_STATE_CORRUPT' });
    expect((await store.list()).containers).toEqual([good]);
  });

  test('is removed by name or ID, and the name is free', async () => {
    writeFileSync(recordOf(bad.id), '');
    expect(await store.identify('bad')).toBe(bad.id);
    await store.remove(await store.identify(bad.id.slice(0, 20)));
    await expect(store.identify('bad')).rejects.toMatchObject({ code: 'SC_NOT_FOUND' });
    expect(readdirSync(join(root, 'names'))).toEqual(['good']);
    await created({ name: 'bad' });
  });

  test('keeps its name from being taken', async () => {
    writeFileSync(recordOf(bad.id), '');
    await expect(created({ name: 'bad' })).rejects.toMatchObject({ code: 'SC_EXISTS' });
  });

  test('of a newer sc is refused and never destroyed', async () => {
    writeFileSync(recordOf(bad.id), newer());
    const error = {
      code: 'SC_STATE_NEWER',
      message: `read "${recordOf(bad.id)}": its version is 2, and this sc knows 1`,
    };
    await expect(store.find('bad')).rejects.toMatchObject(error);
    await expect(store.update(bad.id, (state) => state)).rejects.toMatchObject(error);
    await expect(store.remove(bad.id)).rejects.toMatchObject(error);
    await expect(created({ name: 'bad' })).rejects.toMatchObject({ code: 'SC_EXISTS' });
    expect((await store.list()).broken).toMatchObject([{ id: bad.id, error }]);
    expect(readFileSync(recordOf(bad.id), 'utf8')).toBe(newer());
  });
});
