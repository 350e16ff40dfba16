import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { btrfsDriver } from '../../../src/storage/btrfs/driver.ts';
import { testStorageDriver } from '../../suites/storage-driver.ts';
import { mountBtrfs } from '../../support/btrfs.ts';

let place: string;
let disk: ReturnType<typeof mountBtrfs>;

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'sc-btrfs-'));
  disk = mountBtrfs(place, 512);
});

afterAll(() => {
  disk.remove();
  rmSync(place, { recursive: true });
});

testStorageDriver(btrfsDriver, {
  showsHost: false,
  place: () => place,
  smallDisk: (directory) => mountBtrfs(directory, 128),
});
