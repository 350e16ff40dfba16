import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootId } from '../../src/linux/boot.ts';
import { evenMaps } from '../../src/linux/id-maps.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { newId } from '../../src/state/id.ts';
import { takenRanges } from '../../src/state/ranges.ts';
import { openStore, type Store } from '../../src/state/store.ts';
import { newState } from '../support/states.ts';

const quick = { durable: false };
const BLOCK = 65536;

/** Beyond the largest number that a process can have (proc(5), pid_max). */
const nobody = { pid: 4194305, startTime: 1 };
const dead = [nobody, { ...nobody, startTime: 2 }];

let directory: string;
let root: string;
let store: Store;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sc-overview-'));
  root = join(directory, 'root');
  store = await openStore(root);
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

async function created(changes: Partial<ContainerState> = {}, first?: number, size = BLOCK) {
  const state = newState(changes);
  state.spec.removeOnExit = false;
  if (first !== undefined) state.spec.security.userNamespace = evenMaps({ inside: 0, host: first, size });
  await store.create(state, quick);
  return state;
}

/** Those with which something is left to do, when what is there for nothing is forgotten. */
async function abandoned(): Promise<string[]> {
  const recalled = await Promise.all((await store.abandoned()).map((left) => store.recall(left)));
  return recalled.flatMap((state) => (state === undefined ? [] : [state.id])).sort();
}

const current = () => join(root, 'overview', bootId());

/** As a look at every record has it. */
async function expectAgreement(): Promise<void> {
  const { containers } = await store.list();
  const left = containers.filter(({ status, runner }) => status !== 'stopped' && runner.pid === nobody.pid);
  expect(await abandoned()).toEqual(left.map(({ id }) => id).sort());

  const scanned = takenRanges(containers);
  const seen = await store.takenRanges();
  for (let first = 0; first < 8 * BLOCK; first += BLOCK) {
    const meets = ({ first: from, count }: { first: number; count: number }) =>
      from < first + BLOCK && first < from + count;
    expect(seen.isTaken(first) || seen.others.some(meets)).toBe(scanned.others.some(meets));
  }
}

test('the overview agrees with the records, whatever happens to the containers', async () => {
  const change = fc.record({
    what: fc.constantFrom('create', 'run', 'stop', 'remove', 'look'),
    which: fc.nat(3),
    runner: fc.nat(1),
    block: fc.nat(6),
    isOdd: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 30 }), async (changes) => {
      const ids: string[] = [];
      for (const { what, which, runner, block, isOdd } of changes) {
        const id = ids[which];
        const change = { runner: dead[runner] ?? nobody };
        if (what === 'create') {
          ids.push((await created(change, block * BLOCK + (isOdd ? 7 : 0), isOdd ? 3 : BLOCK)).id);
        } else if (what === 'look') await store.abandoned();
        else if (id === undefined) continue;
        else if (what === 'remove') await store.remove(ids.splice(which, 1)[0] ?? '', quick);
        else {
          const status = what === 'run' ? 'running' : 'stopped';
          await store.update(id, (state) => ({ ...state, ...change, status }), quick);
        }
      }
      await expectAgreement();
      for (const id of ids) await store.remove(id, quick);
      expect(await store.abandoned()).toEqual([]);
      // Nothing stays of what is gone.
      const left = existsSync(current()) ? readdirSync(current(), { recursive: true, encoding: 'utf8' }) : [];
      const expected = ['ranges', 'ranges/others', 'unsettled', 'whole'];
      expect(left.filter((path) => !expected.includes(path))).toEqual([]);
    }),
    { numRuns: 40 },
  );
}, 60_000);

describe('an overview is made anew', () => {
  test.each([
    [
      'where an earlier sc has made the containers',
      () => rmSync(join(root, 'overview'), { recursive: true }),
    ],
    [
      'in another boot of the machine',
      () => renameSync(current(), join(root, 'overview', 'of-an-earlier-boot')),
    ],
    ['where its making was cut short', () => rmSync(join(current(), 'whole'))],
  ])('%s', async (_, lose) => {
    const left = await created({ status: 'running', runner: nobody }, 2 * BLOCK);
    const other = await created({ status: 'running', bootId: 'another' }, 3 * BLOCK + 1, 5);
    const twin = await created({ status: 'stopped' }, 2 * BLOCK);
    await created({ status: 'running' });
    const broken = await created({ status: 'running', runner: nobody });
    writeFileSync(join(store.directory(broken.id), 'state.json'), '');
    await store.abandoned();
    lose();
    const isUsed = async (first: number) => {
      const { isTaken, others } = await store.takenRanges();
      return isTaken(first) || others.some((range) => range.first === first);
    };
    const used = () => Promise.all([BLOCK, 2 * BLOCK, 3 * BLOCK + 1].map(isUsed));
    expect(await used()).toEqual([false, true, true]);
    expect(await abandoned()).toEqual([left.id, other.id].sort());
    expect(readdirSync(join(root, 'overview'))).toEqual([bootId()]);
    expect(await used()).toEqual([false, true, true]);
    await store.remove(left.id, quick);
    expect(await used()).toEqual([false, true, true]);
    await store.remove(twin.id, quick);
    expect(await used()).toEqual([false, false, true]);
  });

  test('by no look where nothing was ever made', async () => {
    expect(await store.abandoned()).toEqual([]);
    expect((await store.takenRanges()).others).toEqual([]);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('a link that a killed sc has left', () => {
  const leave = (id: string) => {
    mkdirSync(join(current(), 'unsettled/4194305-1'), { recursive: true });
    symlinkSync(id, join(current(), 'unsettled/4194305-1', id));
  };

  test.each([
    ['a container that never came', async () => newId()],
    ['one that has stopped', async () => (await created({ status: 'stopped' })).id],
    ['one that has another runner', async () => (await created({ status: 'running' })).id],
  ])('of %s is forgotten', async (_, make) => {
    await created({ status: 'stopped' });
    const id = await make();
    leave(id);
    const [left] = await store.abandoned();
    expect(left).toEqual({ id, runner: '4194305-1' });
    expect(left && (await store.recall(left))).toBeUndefined();
    expect(await store.abandoned()).toEqual([]);
  });

  test('of a container that was on its way in is forgotten with its name', async () => {
    await created({ name: 'kept' });
    const id = newId();
    leave(id);
    mkdirSync(join(root, 'containers/.unfinished'));
    symlinkSync(id, join(root, 'names/web'));
    for (const left of await store.abandoned()) await store.recall(left);
    expect(readdirSync(join(root, 'names'))).toEqual(['kept']);
    expect(readdirSync(join(root, 'containers'))).not.toContain('.unfinished');
    expect(await store.abandoned()).toEqual([]);
  });

  test('to a block keeps nobody from it', async () => {
    await created();
    mkdirSync(join(current(), 'ranges'), { recursive: true });
    symlinkSync(newId(), join(current(), `ranges/${BLOCK}`));
    await store.abandoned();
    expect((await store.takenRanges()).isTaken(BLOCK)).toBe(false);
    const { id } = await created({}, BLOCK);
    const { isTaken, others } = await store.takenRanges();
    expect([isTaken(BLOCK), others]).toEqual([true, []]);
    await store.remove(id);
    expect((await store.takenRanges()).isTaken(BLOCK)).toBe(false);
  });
});
