import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { declare } from '../../src/linux/libc.ts';

/** Of ext4 (fs/ext4/ext4.h): from now on nothing more reaches the disk, not even its journal. */
const EXT4_IOC_SHUTDOWN = 0x8004587d;
const NOLOGFLUSH = Buffer.from([2, 0, 0, 0]);
const ioctl = declare<[number, number, string, Buffer]>('int ioctl(int fd, unsigned long request, ...)');

/** That of the test that runs. */
export let disk: string;
let directory: string;

/** Gives each test of a file a disk of its own, which can lose its power. */
export function withDisks(): void {
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sc-power-'));
    disk = join(directory, 'disk');
    mkdirSync(disk);
    execFileSync('truncate', ['-s', '64M', join(directory, 'disk.img')]);
    execFileSync('mkfs.ext4', ['-q', join(directory, 'disk.img')]);
    execFileSync('mount', ['-o', 'loop', join(directory, 'disk.img'), disk]);
  });

  afterEach(() => {
    execFileSync('umount', [disk]);
    rmSync(directory, { recursive: true });
  });
}

/** As if the machine went dark now. */
export function darken(): void {
  const descriptor = openSync(disk, 'r');
  ioctl(descriptor, EXT4_IOC_SHUTDOWN, 'void *', NOLOGFLUSH);
  closeSync(descriptor);
}

export function comeUp(): void {
  execFileSync('umount', [disk]);
  execFileSync('mount', ['-o', 'loop', join(directory, 'disk.img'), disk]);
}
