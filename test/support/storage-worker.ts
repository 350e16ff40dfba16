import { mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { btrfsDriver } from '../../src/storage/btrfs/driver.ts';
import type { Base, Layered, StorageDriver } from '../../src/storage/driver.ts';
import { overlayDriver } from '../../src/storage/overlay/driver.ts';
import { vfsDriver } from '../../src/storage/vfs/driver.ts';

/** That of a plugin, which imports what loads it. */
async function pluginDriver(): Promise<(store: string) => StorageDriver & Layered> {
  const url = new URL('../../src/library/storage.ts', import.meta.url).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'standard-container/storage' ? { url, shortCircuit: true } : next(specifier, context),
  });
  return (await import(join(import.meta.dirname, '../../examples/plugins/copy/driver.js'))).copyDriver;
}

const drivers: Record<string, (store: string) => StorageDriver & Layered> = {
  btrfs: btrfsDriver,
  overlay: overlayDriver,
  vfs: vfsDriver,
};

/** Without an end: snapshots and layers are made and removed until the process is killed. */
async function work(name: string, store: string, task: string, base: string): Promise<void> {
  const open = name === 'copy' ? await pluginDriver() : drivers[name];
  const driver = open?.(store);
  if (driver === undefined) throw new Error(`no driver "${name}"`);
  const on = (key: string | undefined): Base =>
    key === undefined ? { kind: 'directory', path: base } : { kind: 'layers', key };
  for (let round = 0; ; round++) {
    if (round === 1) writeSync(1, 'working\n');
    if (task === 'snapshots') {
      for (const layer of [undefined, 'image']) {
        await driver.prepare('victim', on(layer));
        await driver.remove('victim');
      }
    } else {
      await driver.addLayer('victim', 'image', async ({ directory }) => {
        mkdirSync(join(directory, 'a/b/c'), { recursive: true });
        for (const name of '123456789') writeFileSync(join(directory, 'a/b', name), name);
      });
      await driver.removeLayer('victim');
    }
  }
}

const [name = '', store = '', task = '', base = ''] = process.argv.slice(2);
await work(name, store, task, base);
