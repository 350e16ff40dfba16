import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sumIo } from '../../src/linux/process-io.ts';

const text = (read: number, written: number) =>
  `rchar: 9\nwchar: 9\nsyscr: 9\nsyscw: 9\nread_bytes: ${read}\nwrite_bytes: ${written}\ncancelled_write_bytes: 0\n`;

test('what processes have read and written is added, and one that is gone counts nothing', () => {
  const files = new Map([
    [1, text(4096, 8192)],
    [2, text(1, 2)],
  ]);
  expect(sumIo([1, 2, 3], (pid) => files.get(pid))).toEqual({ read: 4097, written: 8194 });
  expect(sumIo([3], (pid) => files.get(pid))).toBeUndefined();
  expect(sumIo([])).toBeUndefined();
});

test('what a child has written counts still when it has ended', async () => {
  // The checkout is on a disk, /tmp may be in memory.
  const results = join(import.meta.dirname, '../../.vitest');
  mkdirSync(results, { recursive: true });
  const directory = mkdtempSync(join(results, 'io-'));
  const script = 'dd if=/dev/zero of="$0/file" bs=64k count=16 2>/dev/null; echo done; read line';
  const child = spawn('sh', ['-c', script, directory]);
  try {
    await once(child.stdout, 'data');
    expect(sumIo([child.pid ?? 0])?.written).toBeGreaterThanOrEqual(1 << 20);
  } finally {
    child.stdin.end();
    await once(child, 'close');
    rmSync(directory, { recursive: true });
  }
});
