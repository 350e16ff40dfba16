import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pipe } from '../../src/linux/pipe.ts';
import { relaySignals, relayX64 } from '../../src/linux/signal-relay/relay.ts';

test('the bytes of the handler come from the source', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sc-test-relay-'));
  try {
    const source = join(import.meta.dirname, '../../src/linux/signal-relay/relay-x64.S');
    execFileSync('gcc-12', ['-c', '-o', join(directory, 'relay.o'), source]);
    execFileSync('objcopy', [
      '-O',
      'binary',
      '-j',
      '.text',
      join(directory, 'relay.o'),
      join(directory, 'relay'),
    ]);
    expect(readFileSync(join(directory, 'relay')).toString('hex')).toBe(relayX64);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('real-time signals become bytes, and node lives on', () => {
  const { read, write } = pipe();
  const undo = relaySignals([34, 37, 64], write);
  spawnSync('/bin/sh', ['-c', `kill -37 ${process.pid}; kill -64 ${process.pid}; kill -34 ${process.pid}`]);
  const bytes = Buffer.alloc(8);
  const length = readSync(read, bytes);
  undo();
  closeSync(read);
  closeSync(write);
  expect([...bytes.subarray(0, length)].sort()).toEqual([34, 37, 64]);
});
