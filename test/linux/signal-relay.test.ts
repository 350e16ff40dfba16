import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pipe } from '../../src/linux/pipe.ts';
import { handlers, relaySignals } from '../../src/linux/signal-relay/relay.ts';
import { executed, processors } from '../support/processors.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-relay-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

describe.each(processors)('the handler for $processor', (target) => {
  const { processor, tools } = target;

  test('has the bytes that come from the source', () => {
    const source = join(import.meta.dirname, `../../src/linux/signal-relay/relay-${processor}.S`);
    const [object, code] = [join(directory, `${processor}.o`), join(directory, `${processor}.bin`)];
    execFileSync(`${tools}-gcc-12`, ['-c', '-o', object, source]);
    execFileSync(`${tools}-objcopy`, ['-O', 'binary', '-j', '.text', object, code]);
    expect(readFileSync(code).toString('hex')).toBe(handlers[processor]);
  });

  test('writes the number of each signal, and what was interrupted goes on', () => {
    const probe = join(directory, processor);
    const source = join(import.meta.dirname, 'signal-relay-probe.c');
    execFileSync(`${tools}-gcc-12`, ['-static', '-Wall', '-Wextra', '-Werror', '-o', probe, source]);
    const [command, ...args] = executed(target, probe);
    const input = Buffer.from(`${handlers[processor]}01000000`, 'hex');
    const { status, stdout } = spawnSync(command, args, { input });
    expect({ status, written: [...stdout] }).toEqual({ status: 0, written: [34, 37, 62, 37] });
  });
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
