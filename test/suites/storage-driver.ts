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
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inRootfs } from '../support/mounted-rootfs.ts';
import type { OpenDriver, StorageBench, TestedDriver } from './storage-driver/bench.ts';
import { testChanges } from './storage-driver/changes.ts';
import { refusesHost, testHost } from './storage-driver/host.ts';
import { testLayers } from './storage-driver/layers.ts';

interface SuiteOptions {
  /** Whether it can show the machine itself. */
  showsHost?: boolean;
  /** Where the store and what it shows are made. */
  place?: () => string;
  /** Mounts a filesystem of a few megabytes, such as the driver works on, until it is removed. */
  smallDisk?: (place: string) => { remove(): void };
}

/**
 * What every storage driver is held to. `open` gives a driver that keeps its snapshots in the directory
 * `store`, which need not exist yet, on a machine whose root directory is `hostRoot`.
 */
export function testStorageDriver(
  open: OpenDriver,
  { showsHost = true, place = tmpdir, smallDisk = smallTmpfs }: SuiteOptions = {},
): void {
  let directory: string;
  let store: string;
  let base: string;
  let host: string;
  let driver: TestedDriver;

  beforeEach(() => {
    directory = mkdtempSync(join(place(), 'sc-storage-'));
    store = join(directory, 'state/storage');
    base = join(directory, 'base');
    host = join(directory, 'host');
    write('base/etc/motd', 'from the base');
    driver = open(store, host);
  });

  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  function write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
    chmodSync(join(directory, path), mode);
  }

  /** What of the store is there for a key, by any name that holds it. */
  function leftOf(key: string): string[] {
    if (!existsSync(store)) return [];
    // Follows no link, of which one may lead back to here.
    const found = execFileSync('find', ['.', '-mindepth', '1', '-path', `*${key}*`], { cwd: store });
    return found.toString().split('\n').filter(Boolean);
  }

  const prepareBase = (key: string) => driver.prepare(key, { kind: 'directory', path: base });

  describe('a snapshot of a directory', () => {
    test('shows the directory, with the mode and owner of its root', async () => {
      chmodSync(base, 0o1751);
      chownSync(base, 7, 8);
      const rootfs = await prepareBase('one');
      expect(inRootfs(rootfs, 'cat etc/motd; stat -c " %a %u:%g" .')).toBe('from the base 1751 7:8\n');
    });

    test('keeps what is written, and the directory never changes', async () => {
      const rootfs = await prepareBase('one');
      inRootfs(rootfs, 'echo new > etc/motd; echo more > etc/more; mkdir var; chmod 700 .');
      expect(inRootfs(rootfs, 'cat etc/motd etc/more; ls; stat -c %a .')).toBe('new\nmore\netc\nvar\n700\n');
      inRootfs(rootfs, 'rm -r etc');
      expect(inRootfs(rootfs, 'ls')).toBe('var\n');
      expect(readdirSync(join(base, 'etc'))).toEqual(['motd']);
      expect(readFileSync(join(base, 'etc/motd'), 'utf8')).toBe('from the base');
    });

    test('does not show what is written to another', async () => {
      const [one, two] = await Promise.all([prepareBase('one'), prepareBase('two')]);
      inRootfs(one, 'echo one > etc/motd');
      expect(inRootfs(two, 'cat etc/motd')).toBe('from the base');
    });

    test('stands on the true directory behind a link', async () => {
      symlinkSync('base', join(directory, 'link'));
      const rootfs = await driver.prepare('one', { kind: 'directory', path: join(directory, 'link') });
      expect(inRootfs(rootfs, 'cat etc/motd')).toBe('from the base');
    });

    test('is not open to others on the host', async () => {
      await prepareBase('one');
      for (const path of [dirname(store), store]) expect(statSync(path).mode & 0o777).toBe(0o700);
    });
  });

  describe('prepare', () => {
    const refusal = (path: string, why: string) =>
      expect(
        driver.prepare('one', { kind: 'directory', path }).finally(() => expect(leftOf('one')).toEqual([])),
      ).rejects.toMatchObject({
        code: 'SC_STORAGE_FAILED',
        message: `use directory "${path}" as a root filesystem: ${why}`,
      });

    test('refuses what is no directory', async () => {
      await refusal(join(base, 'nowhere'), `lstat "${join(base, 'nowhere')}": ENOENT`);
      await refusal(join(base, 'etc/motd'), 'it is not a directory');
      await refusal('base', 'the path is not absolute');
      execFileSync('mkfifo', [join(base, 'fifo')]);
      await refusal(join(base, 'fifo'), 'it is not a directory');
    });

    test('refuses a directory that holds the store or lies in it', async () => {
      const held = `it contains the store "${store}`;
      await expect(driver.prepare('one', { kind: 'directory', path: '/' })).rejects.toMatchObject({
        message: expect.stringContaining(held),
        hint: expect.stringContaining('image: host'),
      });
      await expect(driver.prepare('one', { kind: 'directory', path: directory })).rejects.toThrow(held);
      symlinkSync(directory, join(base, 'link'));
      await expect(driver.prepare('one', { kind: 'directory', path: join(base, 'link') })).rejects.toThrow(
        held,
      );
      await prepareBase('other');
      const inside = join(store, readdirSync(store).find((name) => leftOf(name).length > 0) ?? '');
      await expect(driver.prepare('one', { kind: 'directory', path: inside })).rejects.toThrow(
        'in the store',
      );
      expect(leftOf('one')).toEqual([]);
    });

    test('refuses a key that is taken, and leaves its snapshot alone', async () => {
      const rootfs = await prepareBase('one');
      inRootfs(rootfs, 'echo kept > file');
      await expect(prepareBase('one')).rejects.toMatchObject({ code: 'SC_STORAGE_FAILED', errno: 'EEXIST' });
      expect(inRootfs(rootfs, 'cat file')).toBe('kept\n');
    });

    test.each(['', '.', '..', '../one', 'one/two', '.hidden', 'a\0b', 'a b'])(
      'refuses the key %j',
      async (key) => {
        await expect(prepareBase(key)).rejects.toMatchObject({ code: 'SC_STORAGE_FAILED' });
        await expect(driver.remove(key)).rejects.toMatchObject({ code: 'SC_STORAGE_FAILED' });
      },
    );

    test('names what failed where the store cannot be made', async () => {
      write('state', 'a file');
      await expect(prepareBase('one')).rejects.toMatchObject({
        code: 'SC_STORAGE_FAILED',
        errno: 'ENOTDIR',
        message: expect.stringMatching(/^prepare snapshot "one": mkdir ".*": ENOTDIR$/),
      });
    });

    test('gives one of many who want the same key the snapshot', async () => {
      const all = await Promise.allSettled(Array.from({ length: 20 }, () => prepareBase('one')));
      expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });
  });

  describe('remove', () => {
    test('leaves nothing of the snapshot, and its base', async () => {
      const rootfs = await prepareBase('one');
      inRootfs(
        rootfs,
        'echo new > etc/motd; rm -r etc; mkdir -p a/b; ln -s / link; mknod zero c 1 5; mkfifo fifo',
      );
      await driver.remove('one');
      expect(leftOf('one')).toEqual([]);
      expect(readFileSync(join(base, 'etc/motd'), 'utf8')).toBe('from the base');
    });

    test('has no effect where there is no snapshot, and makes nothing', async () => {
      await driver.remove('one');
      expect(existsSync(store)).toBe(false);
      await prepareBase('one');
      await driver.remove('two');
      await driver.remove('one');
      await driver.remove('one');
      expect(leftOf('one')).toEqual([]);
    });

    test('leaves other snapshots alone', async () => {
      const [, two] = await Promise.all([prepareBase('one'), prepareBase('two')]);
      await driver.remove('one');
      expect(inRootfs(two, 'cat etc/motd')).toBe('from the base');
    });

    test('makes room for a new snapshot with the same key', async () => {
      inRootfs(await prepareBase('one'), 'echo old > etc/motd');
      await driver.remove('one');
      expect(inRootfs(await prepareBase('one'), 'cat etc/motd')).toBe('from the base');
    });

    test('does not follow links that a container left', async () => {
      const kept = join(directory, 'kept');
      write('kept/file', 'text');
      inRootfs(await prepareBase('one'), `ln -s ${kept} link; mkdir d; ln -s ../../../../../kept d/link`);
      await driver.remove('one');
      expect(readFileSync(join(kept, 'file'), 'utf8')).toBe('text');
    });
  });

  const bench: StorageBench = {
    get driver() {
      return driver;
    },
    reopen: () => open(store, host),
    openAt: (at) => open(at, host ?? '/'),
    place,
    smallDisk,
    get store() {
      return store;
    },
    get host() {
      return host;
    },
    write,
    get base() {
      return base;
    },
    leftOf,
  };
  testLayers(bench);
  testChanges(bench);

  if (showsHost) testHost(bench, open);
  else refusesHost(bench);
}

function smallTmpfs(place: string): { remove(): void } {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', place]);
  return { remove: () => execFileSync('umount', [place]) };
}
