import { chownSync, closeSync, fstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { btrfsDriver } from '../../../src/storage/btrfs/driver.ts';
import type { Base, Differing, Layered, StorageDriver } from '../../../src/storage/driver.ts';
import { overlayDriver } from '../../../src/storage/overlay/driver.ts';
import { vfsDriver } from '../../../src/storage/vfs/driver.ts';
import { mountBtrfs } from '../../support/btrfs.ts';
import { useBackend, usersOfHost } from './harness.ts';

const host = useBackend();

type Driver = StorageDriver & Differing & Layered;

const drivers: [name: string, open: (store: string) => Driver][] = [
  ['overlay', overlayDriver],
  ['vfs', vfsDriver],
  ['btrfs', btrfsDriver],
];

/** Opens a driver in the workshop, on a filesystem that it works on. */
async function withDriver(open: (store: string) => Driver, act: (driver: Driver) => Promise<void>) {
  const place = join(host.workshop.directory, 'store');
  mkdirSync(place);
  const disk = open === btrfsDriver ? mountBtrfs(place, 256) : undefined;
  try {
    await act(open(join(place, 'sc')));
  } finally {
    disk?.remove();
    rmSync(place, { recursive: true });
  }
}

/** A container reads and writes, and on the disk all belongs to whom it belongs to in the container. */
async function useSnapshot(driver: Driver, base: Base, security = {}): Promise<void> {
  const rootfs = await driver.prepare('one', base);
  const script = `
    stat -c '%u:%g %a %n' / /of-root /of-user; cat /of-user
    echo new > /new; echo more >> /of-root; chown 1000:1000 /of-root; rm /of-user; mkdir /d; chmod 2750 /d`;
  const { stdout, stderr } = await host.sh(script, { security }, { rootfs });
  expect(stdout + stderr).toBe('0:0 755 /\n0:0 644 /of-root\n1000:1000 644 /of-user\ntext');
  const again = await driver.open('one', base);
  const read = await host.sh('cat /new; stat -c %u:%g:%a /of-root /d', { security }, { rootfs: again });
  expect(read.stdout + read.stderr).toBe('new\n1000:1000:644\n0:0:2750\n');
  const { list, open } = driver.changes(again);
  expect(list.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
    'added /d',
    'added /new',
    'modified /of-root',
    'deleted /of-user',
  ]);
  const owners = ['/new', '/of-root', '/d'].map((path) => {
    const file = open(Buffer.from(path));
    const { uid, gid } = fstatSync(file);
    closeSync(file);
    return `${uid}:${gid}`;
  });
  expect(owners).toEqual(['0:0', '1000:1000', '0:0']);
  await driver.remove('one');
}

function write(directory: string): void {
  for (const name of ['of-root', 'of-user']) writeFileSync(join(directory, name), 'text');
  chownSync(join(directory, 'of-user'), 1000, 1000);
}

test.each(drivers)('a container reads and writes a snapshot of %s, with its own owners', async (_, open) => {
  const { rootfs } = host.workshop;
  write(rootfs);
  await withDriver(open, async (driver) => {
    await useSnapshot(driver, { kind: 'directory', path: rootfs });
    await useSnapshot(driver, { kind: 'directory', path: rootfs }, usersOfHost);
  });
});
