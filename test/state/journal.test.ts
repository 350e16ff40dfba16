import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootId } from '../../src/linux/boot.ts';
import type { EventRecord } from '../../src/schema/operations/events.ts';
import type { Happening } from '../../src/state/happened.ts';
import { newId } from '../../src/state/id.ts';
import { Journal } from '../../src/state/journal.ts';
import { JournalReader, lastEvent } from '../../src/state/journal-reader.ts';
import { fits } from '../support/answer.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sc-journal-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

const container = { id: newId(), name: 'web' };
const started: Happening = { type: 'started', container };
const current = () => join(root, 'events/journal');
const files = () => readdirSync(join(root, 'events')).sort();

function readAll(after: number | 'oldest' = 'oldest'): EventRecord[] {
  const reader = new JournalReader(root, after);
  try {
    return reader.read();
  } finally {
    reader.close();
  }
}

const sequences = (events: readonly EventRecord[]) => events.map(({ sequence }) => sequence);
const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

test('what is told is there, numbered and dated, in the documented form', async () => {
  const journal = new Journal(root);
  await journal.append([started, { type: 'stopped', container, exit: { code: 3, cause: 'exit' } }]);
  await new Journal(root).append([{ type: 'deleted', container }]);
  const events = readAll();
  for (const event of events)
    expect(fits('operations/events.schema.json#/$defs/EventsResult', event), JSON.stringify(event)).toBe(
      true,
    );
  expect(events).toEqual([
    { sequence: 1, time: expect.any(String), type: 'started', container },
    { sequence: 2, time: expect.any(String), type: 'stopped', container, exit: { code: 3, cause: 'exit' } },
    { sequence: 3, time: expect.any(String), type: 'deleted', container },
  ]);
  expect(lastEvent(root)).toBe(3);
  expect(statSync(current()).mode & 0o777).toBe(0o600);
  expect(statSync(join(root, 'events')).mode & 0o777).toBe(0o700);
});

test('where nothing was told there is nothing, and nothing is made', () => {
  expect([readAll(), lastEvent(root), readdirSync(root)]).toEqual([[], 0, []]);
});

test('writers and readers at once miss nothing and meet nothing twice, while files are moved on', async () => {
  const turn = fc.record({ who: fc.nat(2), count: fc.integer({ min: 0, max: 4 }), reads: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 60 }), async (turns) => {
      rmSync(join(root, 'events'), { recursive: true, force: true });
      const journals = range(0, 2).map(() => new Journal(root, { largest: 1500 }));
      const reader = new JournalReader(root);
      const seen: number[] = [];
      let told = 0;
      for (const { who, count, reads } of turns) {
        await journals[who]?.append(Array.from({ length: count }, () => started));
        told += count;
        // It may fall behind by as much as is kept.
        if (reads || told - seen.length > 15) seen.push(...sequences(reader.read()));
      }
      seen.push(...sequences(reader.read()));
      reader.close();
      expect(seen).toEqual(range(1, told));
      expect(lastEvent(root)).toBe(told);
    }),
    { numRuns: 60 },
  );
});

test('it is bounded, and says what is kept no more', async () => {
  const journal = new Journal(root, { largest: 2000 });
  for (let turn = 0; turn < 100; turn++) await journal.append([started]);
  expect(files()).toEqual(['journal', 'journal.1', 'journal.2', 'journal.3']);
  for (const name of files()) expect(statSync(join(root, 'events', name)).size).toBeLessThanOrEqual(2000);
  const kept = sequences(readAll());
  expect(kept).toEqual(range(kept[0] ?? 0, 100));
  const oldest = (kept[0] ?? 0) - 1;
  expect(sequences(readAll(oldest))).toEqual(kept);
  expect(sequences(readAll(90))).toEqual(range(91, 100));
  expect(() => readAll(oldest - 1)).toThrow(
    `read the events after ${oldest - 1}: those up to ${oldest} are kept no more`,
  );
});

test('a reader that has fallen behind is told so', async () => {
  const journal = new Journal(root, { largest: 2000 });
  await journal.append([started]);
  const reader = new JournalReader(root);
  expect(reader.read()).toHaveLength(1);
  for (let turn = 0; turn < 100; turn++) await journal.append([started]);
  expect(() => reader.read()).toThrow(/^read the events after \d+: those up to \d+ are kept no more$/);
  reader.close();
});

describe('after a writer was killed', () => {
  test.each([
    ['in the middle of a line', '{"sequence":4,"time":"2026-01'],
    ['with zeros in the place of a line', '\0'.repeat(5000)],
    ['with lines of zeros', `${'\0'.repeat(100)}\n`.repeat(400)],
  ])('%s the next one goes on behind what is whole', async (_, rest) => {
    await new Journal(root).append([started, started, started]);
    const whole = readFileSync(current(), 'utf8');
    appendFileSync(current(), rest);
    expect(sequences(readAll())).toEqual([1, 2, 3]);
    expect(lastEvent(root)).toBe(3);
    await new Journal(root).append([started]);
    expect(sequences(readAll())).toEqual([1, 2, 3, 4]);
    expect(readFileSync(current(), 'utf8').startsWith(`${whole}{"sequence":4,`)).toBe(true);
  });

  test.each([
    ['before the first line of a file', ''],
    ['in it', '{"boot":"'],
  ])('%s too', async (_, rest) => {
    const journal = new Journal(root, { largest: 1500 });
    for (let turn = 0; turn < 12; turn++) await journal.append([started]);
    truncateSync(current(), 0);
    const last = lastEvent(root);
    writeFileSync(current(), rest);
    await new Journal(root).append([started]);
    expect(lastEvent(root)).toBe(last + 1);
    expect(sequences(readAll(last))).toEqual([last + 1]);
  });

  test('while it told, nobody has heard of a number twice', async () => {
    const url = JSON.stringify(new URL('../../src/state/journal.ts', import.meta.url).href);
    // No more than is kept, as fast as it can.
    const script = `
      const { Journal } = await import(${url});
      const journal = new Journal(process.argv[1], { largest: 100_000 });
      const container = ${JSON.stringify(container)};
      for (let turn = 0; turn < 500; turn++) {
        await journal.append([{ type: 'started', container }, { type: 'stopped', container }]);
        if (turn === 0) console.log('at work');
      }
      setInterval(() => {}, 1000);`;
    const begin = async (): Promise<ChildProcess> => {
      const argv = ['--input-type=module', '-e', script, root];
      const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      return child;
    };
    let heard = 0;
    for (let round = 0; round < 8; round++) {
      const reader = new JournalReader(root, heard);
      const hear = () => {
        for (const { sequence } of reader.read()) expect(sequence).toBe(++heard);
      };
      const writers = await Promise.all([begin(), begin()]);
      try {
        hear();
        await sleep(4 * round);
        hear();
      } finally {
        for (const writer of writers) writer.kill('SIGKILL');
        await Promise.all(writers.map((writer) => once(writer, 'close')));
      }
      hear();
      reader.close();
    }
    await new Journal(root).append([started]);
    expect(sequences(readAll(heard))).toEqual([heard + 1]);
  }, 60_000);
});

test('another boot leaves room for numbers that a loss of power may have taken back', async () => {
  await new Journal(root).append([started, started]);
  writeFileSync(current(), readFileSync(current(), 'utf8').replace(bootId(), 'another'));
  await new Journal(root).append([started]);
  expect(sequences(readAll())).toEqual([1, 2, 100_001]);
  // Somebody has seen the third one.
  expect(sequences(readAll(3))).toEqual([100_001]);
  expect(lastEvent(root)).toBe(100_001);
  await new Journal(root).append([started]);
  expect(lastEvent(root)).toBe(100_002);
});

test('a clock that is set back does not make it go back', async () => {
  await new Journal(root).append([started]);
  const later = '2999-01-01T00:00:00.000Z';
  const text = readFileSync(current(), 'utf8').replace(/"time":"[^"]*"/, `"time":"${later}"`);
  writeFileSync(current(), text);
  await new Journal(root).append([started]);
  expect(readAll().map(({ time }) => time)).toEqual([later, later]);
});

test('nothing fails where it cannot be told', () => {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const script = `
    const { Journal } = await import(${url('../../src/state/journal.ts')});
    const { readdirSync } = await import('node:fs');
    await new Journal(process.argv[1]).append([{ type: 'started', container: { id: '', name: '' } }]);
    console.log(readdirSync(process.argv[1]).length);`;
  mkdirSync(join(root, 'store'));
  const shell = 'mount -t tmpfs -o ro,mode=700 tmpfs "$0" && exec "$@"';
  const node = [process.execPath, '--input-type=module', '-e', script, join(root, 'store')];
  const argv = ['-m', 'sh', '-c', shell, join(root, 'store'), ...node];
  expect(execFileSync('unshare', argv).toString()).toBe('0\n');
});
