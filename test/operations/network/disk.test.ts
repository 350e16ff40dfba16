import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectNetwork } from '../../../src/operations/network/connect.ts';
import { createNetwork } from '../../../src/operations/network/create.ts';
import { removeNetworks } from '../../../src/operations/network/remove.ts';
import type { Settings } from '../../../src/operations/settings.ts';
import { openStore } from '../../../src/state/store.ts';
import { unmount } from '../../support/mounted.ts';
import { newState } from '../../support/states.ts';

let disk: string;
let settings: Settings;

beforeEach(async () => {
  disk = mkdtempSync(join(tmpdir(), 'sc-test-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]);
  settings = { root: join(disk, 'store'), backend: 'native', storageDriver: 'overlay' };
  mkdirSync(settings.root, { mode: 0o700 });
  await createNetwork({ name: 'one' }, settings);
  await (await openStore(settings.root)).create(newState({ name: 'web', status: 'stopped' }));
});

afterEach(async () => {
  await unmount(disk);
  rmSync(disk, { recursive: true });
});

const networks = () => readdirSync(join(settings.root, 'networks')).filter((name) => !name.startsWith('.'));

test('on a full disk no network is made, and no address of one is taken', async () => {
  const full = { errno: 'ENOSPC' };
  expect(() => writeFileSync(join(disk, 'large'), Buffer.alloc(1 << 20))).toThrow('ENOSPC');

  await expect(createNetwork({ name: 'two' }, settings)).rejects.toMatchObject({
    ...full,
    message: 'make network "two": write: ENOSPC',
  });
  await expect(connectNetwork({ network: 'one', container: 'web' }, settings)).rejects.toMatchObject(full);

  expect(networks()).toEqual(['one']);
  expect(readdirSync(join(settings.root, 'networks/one/addresses'))).toEqual([]);
});

test('where nothing can be written the error says what was tried, and that nothing can be', async () => {
  execFileSync('mount', ['-o', 'remount,ro', disk]);
  const place = join(settings.root, 'networks');

  await expect(createNetwork({ name: 'two' }, settings)).rejects.toMatchObject({
    errno: 'EROFS',
    message: `make network "two": mkdir "${place}/two": EROFS`,
  });
  const { failures } = await removeNetworks({ networks: ['one'] }, settings);
  expect(failures).toMatchObject([
    { error: { errno: 'EROFS', message: expect.stringMatching(/^remove network "one": /) } },
  ]);
});
