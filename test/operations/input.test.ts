import { EventEmitter, once } from 'node:events';
import { closeSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { Caller } from '../../src/operations/caller.ts';
import { feed } from '../../src/operations/input.ts';

function callerWith(stdin: number): Caller {
  const stream = { descriptor: stdin, terminal: false };
  const output = { descriptor: 2, terminal: false };
  return {
    stdin: stream,
    stdout: output,
    stderr: output,
    environment: {},
    workingDirectory: '/',
    signals: new EventEmitter(),
  };
}

test('a file of the caller is read from where it stands, and is open after that', async () => {
  const path = join(tmpdir(), `sc-test-input-${process.pid}`);
  writeFileSync(path, 'first second');
  const file = openSync(path, 'r');
  rmSync(path);
  try {
    readSync(file, Buffer.alloc(6), 0, 6, null);
    const sink = new PassThrough();
    feed(callerWith(file), sink);
    expect(await text(sink)).toBe('second');
    expect(readFileSync(`/proc/self/fdinfo/${file}`, 'utf8')).toMatch(/^pos:\t12\n/);
  } finally {
    closeSync(file);
  }
});

test('a device of the caller whose reading is broken off is open after that', async () => {
  const device = openSync('/dev/zero', 'r');
  try {
    const source = feed(callerWith(device), new PassThrough());
    await once(source, 'data');
    source.destroy();
    await once(source, 'close');
    expect(readSync(device, Buffer.alloc(1))).toBe(1);
  } finally {
    closeSync(device);
  }
});
