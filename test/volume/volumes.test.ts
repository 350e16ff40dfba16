import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { VolumeSpec } from '../../src/schema/volume-spec.ts';
import { Volumes } from '../../src/volume/volumes.ts';

let root: string;
let volumes: Volumes;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sc-volumes-'));
  volumes = new Volumes(root);
});
afterEach(() => rmSync(root, { recursive: true }));

const spec = (name: string, more: Partial<VolumeSpec> = {}): VolumeSpec => ({
  name,
  anonymous: false,
  labels: {},
  ...more,
});
const free = async () => {};
const store = () => readdirSync(join(root, 'volumes')).sort();

describe('a volume', () => {
  test('is made once, whoever else makes it at the same moment', async () => {
    const made = await Promise.allSettled(Array.from({ length: 50 }, () => volumes.create(spec('data'))));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const each of made)
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'SC_EXISTS' });
    expect(store()).toEqual(['.removed', 'data']);
  });

  test('belongs to whom it is said to, whatever the umask is', async () => {
    const umask = process.umask(0o077);
    await volumes.create(spec('plain'));
    await volumes.create(spec('mine', { owner: { uid: 3, gid: 4 }, mode: 0o2770 }));
    process.umask(umask);
    expect(statSync(volumes.data('plain'))).toMatchObject({ mode: 0o40755, uid: 0, gid: 0 });
    expect(statSync(volumes.data('mine'))).toMatchObject({ mode: 0o42770, uid: 3, gid: 4 });
  });

  test('that cannot be filled is not there', async () => {
    const fill = async (data: string) => {
      writeFileSync(join(data, 'half'), '');
      throw new Error('no more');
    };
    await expect(volumes.create(spec('data'), fill)).rejects.toThrow('no more');
    expect(store()).toEqual(['.removed']);
    await volumes.create(spec('data'));
    await expect(volumes.settle('data', fill)).rejects.toThrow('no more');
    expect(volumes.find('data').isUsed).toBe(false);
    expect(readdirSync(volumes.data('data'))).toEqual([]);
  });

  test('is filled by the first that mounts it alone', async () => {
    await volumes.create(spec('data'));
    let count = 0;
    const fill = async (data: string) => {
      writeFileSync(join(data, `by-${++count}`), '');
      return { container: 'web', path: '/srv' };
    };
    await Promise.all(Array.from({ length: 20 }, () => volumes.settle('data', fill)));
    expect(readdirSync(volumes.data('data'))).toEqual(['by-1']);
    expect(volumes.find('data')).toMatchObject({
      isUsed: true,
      filledFrom: { container: 'web', path: '/srv' },
    });
  });

  test('whose filler was killed after all of it was there is not filled again', async () => {
    await volumes.create(spec('data'));
    writeFileSync(join(volumes.data('data'), 'whole'), '');
    await volumes.settle('data', async () => {
      throw new Error('not asked');
    });
    expect(readdirSync(volumes.data('data'))).toEqual(['whole']);
  });

  test('with a record that nobody can read is told, and can be removed', async () => {
    await volumes.create(spec('torn'));
    await volumes.create(spec('newer'));
    writeFileSync(join(volumes.directory('torn'), 'volume.json'), '{"version": 1');
    writeFileSync(join(volumes.directory('newer'), 'volume.json'), '{"version": 2}');
    expect(() => volumes.find('torn')).toThrow('it is torn, or no JSON');
    expect(volumes.list().broken).toMatchObject([
      { name: 'newer', error: { code: 'SC_STATE_NEWER' } },
      { name: 'torn', error: { code: 'SC_STATE_CORRUPT' } },
    ]);
    await expect(volumes.remove('newer', free)).rejects.toMatchObject({ code: 'SC_STATE_NEWER' });
    await volumes.remove('torn', free);
    expect(volumes.names()).toEqual(['newer']);
  });

  test('stays where its removal is refused', async () => {
    await volumes.create(spec('data'));
    const refuse = async () => {
      throw new Error('in use');
    };
    await expect(volumes.remove('data', refuse)).rejects.toThrow('in use');
    expect(volumes.names()).toEqual(['data']);
    expect(JSON.parse(readFileSync(join(volumes.directory('data'), 'volume.json'), 'utf8'))).toEqual(
      volumes.find('data'),
    );
  });

  test.each(['', '.', '..', '../x', 'a/b', '.hidden', 'x', '-x', 'x\0', 'x'.repeat(129), 'f'.repeat(64)])(
    'is not called %j',
    async (name) => {
      await expect(volumes.create(spec(name))).rejects.toMatchObject({ code: 'SC_USAGE' });
      expect(volumes.has(name)).toBe(false);
      await expect(volumes.remove(name, free)).rejects.toMatchObject({ code: 'SC_NOT_FOUND' });
    },
  );
});

test('an anonymous name is given by sc alone', async () => {
  const name = 'c0ffee'.padEnd(64, '0');
  await expect(volumes.create(spec(name))).rejects.toMatchObject({ code: 'SC_USAGE' });
  await volumes.create(spec(name, { anonymous: true }));
  expect(volumes.names()).toEqual([name]);
});
