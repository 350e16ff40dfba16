import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { overlayDriver } from '../../../src/storage/overlay/driver.ts';
import { viewHost } from '../../../src/storage/overlay/host-view.ts';
import { buildSkeleton } from '../../../src/storage/overlay/skeleton.ts';
import { inRootfs } from '../../support/mounted-rootfs.ts';

let directory: string;
let store: string;
let host: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-skeletons-'));
  store = join(directory, 'store');
  host = join(directory, 'host');
  mkdirSync(join(host, 'usr'), { recursive: true });
  mkdirSync(join(host, 'etc'));
  for (let i = 0; i < 300; i++) writeFileSync(join(host, `etc/${i}`), 'text');
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

const prepare = (key: string) => overlayDriver(store, host).prepare(key, { kind: 'host' });
const remove = (key: string) => overlayDriver(store, host).remove(key);
const skeletons = () => readdirSync(join(store, '.skeletons'));

test('many who start at once share one skeleton', async () => {
  const keys = Array.from({ length: 30 }, (_, index) => `key-${index}`);
  const all = await Promise.all(keys.map(prepare));
  expect(skeletons()).toHaveLength(1);
  const lower = all.map(({ mounts: [root] }) => (root?.type === 'overlay' ? root.lower[0] : undefined));
  expect(new Set(lower).size).toBe(1);
  expect(inRootfs(all[29] ?? { mounts: [] }, 'ls etc | wc -l')).toBe('304\n');
});

test('a skeleton stays while a snapshot stands on it, and goes when the next is made', async () => {
  await prepare('one');
  const [first = ''] = skeletons();
  writeFileSync(join(host, 'etc/more'), 'text');
  await prepare('two');
  expect(skeletons()).toHaveLength(2);
  await remove('one');
  expect(skeletons()).toContain(first);
  await prepare('three');
  expect(skeletons()).toHaveLength(2);
  writeFileSync(join(host, 'etc/most'), 'text');
  await prepare('four');
  expect(skeletons()).toHaveLength(2);
  expect(skeletons()).not.toContain(first);
  await remove('two');
  expect(readdirSync(join(store, '.removed'))).toEqual([]);
});

test('a file that changes in place, in its mode or in its owner only, makes another skeleton', async () => {
  const path = join(host, 'etc/0');
  const seen = new Set<string>();
  const changes = [
    () => undefined,
    () => writeFileSync(path, 'same'),
    () => chmodSync(path, 0o640),
    () => chmodSync(path, 0o444),
    () => chownSync(path, 1, 1),
    () => utimesSync(path, 1, 1),
  ];
  for (const [index, change] of changes.entries()) {
    change();
    await prepare(`key-${index}`);
    for (const name of skeletons()) seen.add(name);
  }
  expect(seen.size).toBe(changes.length);
});

test('what others may not read does not make another skeleton', async () => {
  writeFileSync(join(host, 'etc/resolv.conf'), 'text');
  await prepare('one');
  writeFileSync(join(host, 'etc/shadow'), 'secret', { mode: 0o600 });
  rmSync(join(host, 'etc/resolv.conf'));
  await prepare('two');
  expect(skeletons()).toHaveLength(1);
});

test('who is killed while preparing leaves nothing that stays', async () => {
  const module = new URL('../../../src/storage/overlay/driver.ts', import.meta.url).href;
  const script = `
    const { overlayDriver } = await import(${JSON.stringify(module)});
    const [store, host] = process.argv.slice(1);
    console.log('ready');
    await overlayDriver(store, host).prepare('victim', { kind: 'host' });`;
  for (const delay of [0, 2, 4, 8, 12, 16, 24, 32]) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, store, host]);
    await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, delay));
    child.kill('SIGKILL');
    await once(child, 'close');
    // Whether it had come so far or not.
    await remove('victim');
    const rootfs = await prepare('next');
    expect(inRootfs(rootfs, 'ls etc | wc -l')).toBe('304\n');
    await remove('next');
    expect(readdirSync(store).sort()).toEqual(['.removed', '.skeletons']);
    expect(readdirSync(join(store, '.removed'))).toEqual([]);
    expect(skeletons()).toHaveLength(1);
    rmSync(join(store, '.skeletons'), { recursive: true });
  }
}, 60_000);

test('where no more names fit, a skeleton leaves nothing half made, and a snapshot can still be removed', async () => {
  mkdirSync(store, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'nr_inodes=50,mode=0700', 'tmpfs', store]);
  try {
    await expect(prepare('one')).rejects.toMatchObject({ code: 'SC_STORAGE_FAILED', errno: 'ENOSPC' });
    expect(skeletons()).toEqual([]);
    expect(readdirSync(store).sort()).toEqual(['.removed', '.skeletons']);

    // As a store of an older sc, which made it with the first removal.
    rmSync(join(store, '.removed'), { recursive: true });
    mkdirSync(join(store, 'one'));
    expect(() => {
      for (let file = 0; ; file++) writeFileSync(join(store, `one/${file}`), '');
    }).toThrow('ENOSPC');
    await remove('one');
    expect(readdirSync(store)).toEqual(['.skeletons']);
  } finally {
    execFileSync('umount', [store]);
  }
});

test('the next removal completes what a killed one left', async () => {
  await prepare('one');
  mkdirSync(join(store, '.removed/other~1/upper/a/b'), { recursive: true });
  await remove('one');
  expect(readdirSync(join(store, '.removed'))).toEqual([]);
});

test('a file of /etc that vanishes or changes its kind while it is copied is left out', () => {
  mkdirSync(join(host, 'etc/d'));
  writeFileSync(join(host, 'etc/d/file'), 'text');
  symlinkSync('0', join(host, 'etc/link'));
  const view = viewHost(host);
  rmSync(join(host, 'etc/0'));
  rmSync(join(host, 'etc/1'));
  symlinkSync('/etc/shadow', join(host, 'etc/1'));
  writeFileSync(join(host, 'etc/2'), '-----BEGIN PRIVATE KEY-----');
  rmSync(join(host, 'etc/3'));
  mkdirSync(join(host, 'etc/3'));
  rmSync(join(host, 'etc/d'), { recursive: true });
  rmSync(join(host, 'etc/link'));
  writeFileSync(join(host, 'etc/link'), 'text');
  buildSkeleton(join(directory, 'skeleton'), view);
  for (const name of ['0', '1', '2', '3', 'd/file', 'link']) {
    expect(existsSync(join(directory, 'skeleton/etc', name))).toBe(false);
  }
  expect(readdirSync(join(directory, 'skeleton/etc'))).toHaveLength(301);
});
