import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ScError } from '../../../src/errors/error.ts';
import type { LayerPlace } from '../../../src/image/layer/place.ts';
import { inRootfs } from '../../support/mounted-rootfs.ts';
import type { StorageBench } from './bench.ts';

const worker = join(import.meta.dirname, '../../support/storage-worker.ts');

/** Writes the tree of a layer by a script in its directory; a deleted name is told as its form has it. */
function filled(script: string, deleted: readonly string[] = []) {
  return async ({ directory, form }: LayerPlace): Promise<void> => {
    execFileSync('sh', ['-euc', script], { cwd: directory });
    for (const name of deleted) {
      const command = form === 'merged' ? ['rm', '-r', name] : ['mknod', name, 'c', '0', '0'];
      execFileSync(command[0] ?? '', command.slice(1), { cwd: directory });
    }
  };
}

/** The layers of images, and snapshots of them. */
export function testLayers(bench: StorageBench): void {
  const add = (key: string, parent: string | undefined, script: string, deleted: readonly string[] = []) =>
    bench.driver.addLayer(key, parent, filled(script, deleted));
  const prepare = (key: string, layer: string) => bench.driver.prepare(key, { kind: 'layers', key: layer });

  describe('layers', () => {
    test('are shown together by a snapshot, which keeps what is written', async () => {
      await add('one', undefined, 'mkdir etc; echo one > etc/file; echo kept > kept; echo gone > gone');
      await add('two', 'one', 'mkdir -p etc; echo two > etc/file; echo new > etc/new', ['gone']);
      const rootfs = await prepare('snapshot', 'two');
      expect(inRootfs(rootfs, 'cat etc/file etc/new kept; ls')).toBe('two\nnew\nkept\netc\nkept\n');
      inRootfs(rootfs, 'echo mine > etc/file; rm kept');
      const again = await bench.driver.open('snapshot', { kind: 'layers', key: 'two' });
      expect(inRootfs(again, 'cat etc/file; ls')).toBe('mine\netc\n');
      const other = await prepare('other', 'two');
      expect(inRootfs(other, 'cat etc/file kept')).toBe('two\nkept\n');
      expect(inRootfs(await prepare('first', 'one'), 'cat etc/file gone')).toBe('one\ngone\n');
    });

    test('begin as the directory of their parent', async () => {
      await add('one', undefined, 'chmod 1751 .; chown 7:8 .; setfattr -n user.note -v x .');
      await add('two', 'one', ':');
      const look = 'stat -c "%a %u:%g" .; getfattr --only-values -n user.note .';
      expect(inRootfs(await prepare('snapshot', 'two'), look)).toBe('1751 7:8\nx');
      await add('plain', undefined, ':');
      expect(inRootfs(await prepare('other', 'plain'), 'stat -c "%a %u:%g" .')).toBe('755 0:0\n');
    });

    test('are told of by their keys, also after the next start', async () => {
      expect([bench.driver.layers(), bench.driver.hasLayer('one')]).toEqual([[], false]);
      await add('two', undefined, ':');
      await add('one', 'two', ':');
      expect(bench.reopen().layers()).toEqual(['one', 'two']);
      expect(bench.reopen().hasLayer('one')).toBe(true);
    });

    test('are told what is below them', async () => {
      const seen: string[][] = [];
      const note = async ({ form, lower }: LayerPlace) => {
        expect(form).toBe(bench.driver.form);
        seen.push(lower.map((path) => readdirSync(path).join()));
      };
      for (const [key, parent] of [['one'], ['two', 'one'], ['three', 'two']] as const)
        await bench.driver.addLayer(key, parent, async (place) => {
          await note(place);
          writeFileSync(join(place.directory, `file-${key}`), '');
        });
      const below =
        bench.driver.form === 'merged' ? [[], [], []] : [[], ['file-one'], ['file-two', 'file-one']];
      expect(seen).toEqual(below);
    });

    test('are made once', async () => {
      await add('one', undefined, 'echo > first');
      await add('one', undefined, 'echo > second');
      expect(inRootfs(await prepare('snapshot', 'one'), 'ls')).toBe('first\n');
    });

    test('of which nothing is left where their writing fails, with its own error', async () => {
      const failure = new ScError('SC_BAD_IMAGE', 'the tar ends too early');
      const attempt = bench.driver.addLayer('victim', undefined, async ({ directory }) => {
        writeFileSync(join(directory, 'file'), '');
        throw failure;
      });
      await expect(attempt).rejects.toBe(failure);
      expect(bench.driver.layers()).toEqual([]);
      expect(readdirSync(join(bench.store, '.layers'))).toEqual([]);
      const missing = bench.driver.addLayer('victim', undefined, async ({ directory }) => {
        writeFileSync(join(directory, 'no/such/directory'), '');
      });
      await expect(missing).rejects.toMatchObject({
        code: 'SC_STORAGE_FAILED',
        errno: 'ENOENT',
        message: expect.stringMatching(/^make layer "victim": open /),
      });
      expect(readdirSync(join(bench.store, '.layers'))).toEqual([]);
    });

    test('need their parent, and a key', async () => {
      await expect(add('one', 'nothing', ':')).rejects.toMatchObject({
        code: 'SC_STORAGE_FAILED',
        message: 'use layer "nothing": it is not there',
      });
      await expect(prepare('snapshot', 'nothing')).rejects.toMatchObject({ code: 'SC_STORAGE_FAILED' });
      expect(bench.leftOf('snapshot')).toEqual([]);
      for (const key of ['', '..', '.layers', 'a/b', 'a\0b'])
        await expect(add(key, undefined, ':')).rejects.toMatchObject({ code: 'SC_STORAGE_FAILED' });
    });

    test('stay while something stands on them', async () => {
      await add('one', undefined, 'echo > file');
      await add('two', 'one', ':');
      await expect(bench.driver.removeLayer('one')).rejects.toMatchObject({
        code: 'SC_STORAGE_FAILED',
        errno: 'EBUSY',
        message: 'remove layer "one": layer "two" stands on it',
      });
      const rootfs = await prepare('snapshot', 'two');
      await expect(bench.driver.removeLayer('two')).rejects.toThrow('snapshot "snapshot" stands on it');
      expect(inRootfs(rootfs, 'ls')).toBe('file\n');
      await bench.driver.remove('snapshot');
      await bench.driver.removeLayer('two');
      await bench.driver.removeLayer('one');
      await bench.driver.removeLayer('one');
      expect(bench.driver.layers()).toEqual([]);
      expect([...bench.leftOf('one'), ...bench.leftOf('two')]).toEqual([]);
    });

    test('stay while another is being made on them', async () => {
      await add('one', undefined, ':');
      await bench.driver.addLayer('two', 'one', async () => {
        await expect(bench.driver.removeLayer('one')).rejects.toThrow('a layer that is being made');
        await bench.driver.tidy();
      });
      expect(bench.driver.layers()).toEqual(['one', 'two']);
    });

    test('never change by what a container writes', async () => {
      await add('one', undefined, 'mkdir etc; echo one > etc/file');
      const rootfs = await prepare('snapshot', 'one');
      inRootfs(rootfs, 'echo more >> etc/file; rm -r etc; echo > new; chmod 700 .');
      expect(inRootfs(await prepare('other', 'one'), 'cat etc/file; ls; stat -c %a .')).toBe(
        'one\netc\n755\n',
      );
    });

    test('can be made of the same key by many at once', async () => {
      await add('image', undefined, 'echo image > file');
      await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          Promise.all([
            add('same', 'image', 'for i in 1 2 3 4 5; do echo $i > $i; done'),
            add(`own-${index}`, 'image', 'echo > own'),
            prepare(`snapshot-${index}`, 'image'),
          ]),
        ),
      );
      expect(bench.driver.layers()).toHaveLength(12);
      expect(inRootfs(await prepare('snapshot', 'same'), 'cat *')).toBe('1\n2\n3\n4\n5\nimage\n');
      expect(readdirSync(join(bench.store, '.layers')).filter((name) => name.startsWith('.'))).toEqual([]);
    });

    test('and snapshots take what they take', async () => {
      await add(
        'one',
        undefined,
        'mkdir d; head -c 1000000 /dev/zero > d/file; ln d/file d/again; ln -s x link',
      );
      const { bytes, files } = await bench.driver.usage({ layer: 'one' });
      expect(files).toBe(3);
      expect(bytes).toBeGreaterThanOrEqual(1_000_000);
      expect(bytes).toBeLessThan(1_500_000);
      const rootfs = await prepare('snapshot', 'one');
      // Overlay makes something for itself at the first mount.
      inRootfs(rootfs, ':');
      const before = await bench.driver.usage({ snapshot: 'snapshot' });
      inRootfs(rootfs, 'head -c 500000 /dev/zero > more');
      const after = await bench.driver.usage({ snapshot: 'snapshot' });
      expect(after.files - before.files).toBe(1);
      expect(after.bytes - before.bytes).toBeGreaterThanOrEqual(500_000);
      await expect(bench.driver.usage({ layer: 'two' })).rejects.toMatchObject({ code: 'SC_STORAGE_FAILED' });
      await expect(bench.driver.usage({ snapshot: 'two' })).rejects.toMatchObject({
        code: 'SC_STORAGE_FAILED',
      });
    });
  });

  describe('after a SIGKILL', () => {
    /** Lets a worker go on for some moments, and kills it. */
    async function kill(task: string, after: number): Promise<void> {
      const { driver, store, base } = bench;
      const child = spawn(process.execPath, [worker, driver.name, store, task, base], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        await once(child.stdout, 'data');
        await setTimeout(after);
      } finally {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    }

    test('in the midst of making and removing a layer, tidy leaves it whole or nothing of it', async () => {
      await add('image', undefined, 'mkdir -p x/y; echo image > x/y/file');
      for (let round = 0; round < 6; round++) {
        await kill('layers', 7 * round);
        await bench.driver.tidy();
        const whole = bench.driver.hasLayer('victim');
        if (whole) {
          const rootfs = await prepare(`look-${round}`, 'victim');
          expect(inRootfs(rootfs, 'ls a/b | tr -d "\\n"; cat x/y/file')).toBe('123456789cimage\n');
          await bench.driver.remove(`look-${round}`);
        }
        await bench.driver.removeLayer('victim');
        expect(readdirSync(join(bench.store, '.layers'))).toEqual(['image']);
        expect(bench.leftOf('victim')).toEqual([]);
      }
    }, 60_000);

    test('in the midst of making and removing a snapshot, its removal leaves nothing of it', async () => {
      await add('image', undefined, 'mkdir -p x/y; echo image > x/y/file');
      for (let round = 0; round < 6; round++) {
        await kill('snapshots', 7 * round);
        await bench.driver.remove('victim');
        await bench.driver.tidy();
        expect(bench.leftOf('victim')).toEqual([]);
        expect(readdirSync(join(bench.store, '.removed'))).toEqual([]);
      }
      const rootfs = await prepare('victim', 'image');
      expect(inRootfs(rootfs, 'cat x/y/file')).toBe('image\n');
    }, 60_000);
  });

  describe('on a full disk', () => {
    test('a layer is not made, nothing of it stays, and all can be removed', async () => {
      const place = mkdtempSync(join(bench.base, '../full-'));
      const disk = bench.smallDisk(place);
      try {
        const driver = bench.openAt(join(place, 'store'));
        await driver.addLayer('image', undefined, filled('echo image > file'));
        await driver.prepare('snapshot', { kind: 'layers', key: 'image' });
        const full = driver.addLayer('victim', 'image', async ({ directory }) => {
          for (let number = 0; ; number++)
            writeFileSync(join(directory, `${number}`), Buffer.alloc(1 << 20, 1));
        });
        await expect(full).rejects.toMatchObject({ code: 'SC_STORAGE_FAILED', errno: 'ENOSPC' });
        expect(driver.layers()).toEqual(['image']);
        expect(readdirSync(join(place, 'store/.layers'))).toEqual(['image']);
        await driver.remove('snapshot');
        await driver.removeLayer('image');
        expect(driver.layers()).toEqual([]);
        expect(existsSync(join(place, 'store/snapshot'))).toBe(false);
      } finally {
        disk.remove();
        rmSync(place, { recursive: true });
      }
    });
  });
}
