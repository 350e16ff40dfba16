import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { overlayDriver } from '../../src/storage/overlay/driver.ts';
import { openStorage, registerStorageDriver, storageDriverNames } from '../../src/storage/registry.ts';

test.each(['overlay', 'btrfs', 'vfs'])('opens %s by its name, and makes nothing yet', async (name) => {
  const directory = join(tmpdir(), 'sc-nowhere');
  expect((await openStorage(name, directory)).name).toBe(name);
  expect(existsSync(directory)).toBe(false);
});

test.each(['overly', 'constructor', ''])(
  'refuses the unknown name "%s" and lists the known ones',
  async (name) => {
    await expect(openStorage(name, '/nowhere')).rejects.toThrow(
      expect.objectContaining({ code: 'SC_USAGE', hint: 'known storage drivers: overlay, btrfs, vfs' }),
    );
  },
);

test.each(['one', '.layers/one'])('a store with %s in it stays with its driver', async (made) => {
  const directory = mkdtempSync(join(tmpdir(), 'sc-registry-'));
  mkdirSync(join(directory, 'vfs/.removed'), { recursive: true });
  expect((await openStorage('overlay', directory)).name).toBe('overlay');
  mkdirSync(join(directory, 'vfs', made), { recursive: true });
  expect((await openStorage('vfs', directory)).name).toBe('vfs');
  await expect(openStorage('overlay', directory)).rejects.toThrow(
    expect.objectContaining({
      code: 'SC_WRONG_STATE',
      message: `use storage driver "overlay": "${directory}" is a store of storage driver "vfs"`,
      hint: expect.stringMatching(/^--storage-driver vfs .*\nto change it for good, delete all containers/),
    }),
  );
  rmSync(directory, { recursive: true });
});

test('a driver of somebody else is opened by its name', async () => {
  for (const name of ['', 'Mine', '../mine', 'a/b'])
    expect(() => registerStorageDriver(name, overlayDriver)).toThrow(
      expect.objectContaining({ code: 'SC_USAGE' }),
    );
  expect(() => registerStorageDriver('vfs', overlayDriver)).toThrow(
    expect.objectContaining({ code: 'SC_EXISTS', message: 'storage driver "vfs" is there already' }),
  );
  registerStorageDriver('mine', (store) => ({ ...overlayDriver(store), name: 'mine' }));
  expect((await openStorage('mine', '/nowhere')).name).toBe('mine');
  expect(storageDriverNames()).toContain('mine');
});
