import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ENTRY_SIZE, entryOffsets } from '../../src/logging/layout.ts';
import { start } from '../../src/operations/start.ts';
import { makeMonitored } from '../support/monitored.ts';

let monitored: ReturnType<typeof makeMonitored>;
beforeEach(() => {
  monitored = makeMonitored();
});
afterEach(() => monitored.remove());

test('times in a log do not decrease where the clock was set back between two runs', async () => {
  const { id, name } = await monitored.run({ name: 'clock' }, 'sh', '-c', 'echo one; sleep 0.1; echo two');
  await monitored.ended(name);
  const index = join(monitored.root, 'containers', id, 'log/index');
  const future = 2n ** 33n;
  const seconds = Buffer.alloc(8);
  seconds.writeBigUInt64LE(future);
  const last = readFileSync(index).length - ENTRY_SIZE;
  const file = openSync(index, 'r+');
  writeSync(file, seconds, 0, 8, last + entryOffsets.seconds);
  closeSync(file);
  expect((await start({ containers: [name] }, monitored.settings, monitored.caller)).failures).toEqual([]);
  await monitored.ended(name);

  const entries = readFileSync(index);
  expect(entries.length).toBeGreaterThan(last + 2 * ENTRY_SIZE);
  for (let at = last; at < entries.length; at += ENTRY_SIZE)
    expect(entries.readBigUInt64LE(at + entryOffsets.seconds)).toBe(future);
  expect(await monitored.log(id)).toEqual(['one\ntwo\n', 'one\ntwo\n']);
});
