import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HeldFile } from '../../src/linux/held-file.ts';
import { eventually } from '../support/command-line.ts';

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'held-'));
  file = join(directory, 'file');
  writeFileSync(file, 'text');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A process that opens it. */
function reading() {
  const child = spawn('cat', [file], { stdio: ['ignore', 'pipe', 'ignore'] });
  let seen = '';
  child.stdout.on('data', (chunk) => {
    seen += String(chunk);
  });
  return { child, ended: once(child, 'close'), seen: () => seen };
}

const isThere = (held: HeldFile, pid: number | undefined) =>
  eventually(() => (held.processes().includes(pid ?? 0) ? true : undefined));

test('who opens a held file waits until it is released', async () => {
  const held = new HeldFile(file);
  const { child, ended, seen } = reading();
  await isThere(held, child.pid);
  expect([child.exitCode, seen()]).toEqual([null, '']);
  held.release();
  await ended;
  expect([child.exitCode, seen()]).toEqual([0, 'text']);
});

test('who waits at a held file can be killed, and others wait on', async () => {
  const held = new HeldFile(file);
  const [killed, other] = [reading(), reading()];
  await isThere(held, killed.child.pid);
  await isThere(held, other.child.pid);
  killed.child.kill('SIGKILL');
  await killed.ended;
  expect(other.child.exitCode).toBeNull();
  held.release();
  await other.ended;
  expect(other.seen()).toBe('text');
});

test('a file that is not there cannot be held', () => {
  expect(() => new HeldFile(join(directory, 'none'))).toThrow(
    expect.objectContaining({ code: 'SC_SYSTEM_CALL', errno: 'ENOENT' }),
  );
});
