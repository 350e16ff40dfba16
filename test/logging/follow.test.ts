import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { logStreams } from '../../src/logging/layout.ts';
import { LogChain } from '../../src/logging/log-chain.ts';
import type { LogPair } from '../../src/logging/log-pair.ts';
import { type ChunkOptions, endOfLog, readChunks } from '../../src/logging/read-chunks.ts';
import { readLog } from '../../src/logging/read-log.ts';
import { eventually } from '../support/command-line.ts';
import { LogWriter } from '../support/log-writer.ts';

const rotatingLog = join(import.meta.dirname, '../support/rotating-log.ts');

let directory: string;
let log: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
  log = join(directory, 'log');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Follows the log: what was seen until now, and what ends it. */
function follow(options: Partial<ChunkOptions> = {}) {
  const troubles: string[] = [];
  let [seen, isOver] = ['', false];
  const reading = (async () => {
    const pieces = readLog(log, {
      streams: [logStreams.stdout, logStreams.stderr],
      follow: { isOver: () => isOver, watch: [directory] },
      onTrouble: (trouble) => troubles.push(trouble),
      ...options,
    });
    for await (const some of pieces) seen += Buffer.concat(some.map(({ bytes }) => bytes)).toString();
  })();
  return {
    troubles,
    seen: () => seen,
    until: (text: string) => eventually(() => (seen.endsWith(text) ? true : undefined)),
    async end(): Promise<string> {
      isOver = true;
      await reading;
      return seen;
    },
    reading,
  };
}

test('what is written is seen as it comes, also what ends no line', async () => {
  const writer = new LogWriter(log);
  writer.write('stdout', 'before\n', 1n);
  const reader = follow();
  await reader.until('before\n');
  writer.write('stderr', 'name? ', 2n);
  await reader.until('name? ');
  writer.write('stdout', 'after\n', 3n);
  await reader.until('after\n');
  expect(await reader.end()).toBe('before\nname? after\n');
  writer.close();
});

test('what was written before the end is seen, though the end is known first', async () => {
  const writer = new LogWriter(log);
  const reader = follow({
    follow: {
      isOver: () => {
        writer.write('stdout', 'last\n', 1n);
        return true;
      },
    },
  });
  await reader.reading;
  expect(reader.seen()).toBe('last\n');
  writer.close();
});

test('a log that is not there yet is read from its beginning, whatever was asked for', async () => {
  const reader = follow({ tail: 0 });
  await setTimeout(10);
  const writer = new LogWriter(log);
  writer.write('stdout', 'first\n', 1n);
  await reader.until('first\n');
  expect(await reader.end()).toBe('first\n');
  writer.close();
});

test('the last lines come first, then what is new', async () => {
  const writer = new LogWriter(log);
  writer.write('stdout', 'one\ntwo\n', 1n);
  const [none, one] = [follow({ tail: 0 }), follow({ tail: 1 })];
  await one.until('two\n');
  await setTimeout(10);
  writer.write('stdout', 'three\n', 2n);
  await Promise.all([none.until('three\n'), one.until('three\n')]);
  expect(await Promise.all([none.end(), one.end()])).toEqual(['three\n', 'two\nthree\n']);
  writer.close();
});

test('one that ends at a time ends there, whatever is written later', async () => {
  const writer = new LogWriter(log);
  const reader = follow({ until: 5n });
  writer.write('stdout', 'within\nbeg', 4n);
  writer.write('stdout', 'un\nlater\n', 6n);
  await reader.reading;
  expect(reader.seen()).toBe('within\nbegun\n');
  writer.close();
});

describe('rotation', () => {
  const lines = (count: number, from = 0) =>
    Array.from({ length: count }, (_, index) => `${from + index}\n`.padStart(20, '.'));

  test('takes nothing from a reader that keeps up', async () => {
    const writer = new LogWriter(log, { maxSize: 1000, maxFiles: 2 });
    const reader = follow();
    const all = lines(400);
    for (const [index, line] of all.entries()) {
      writer.write(index % 2 ? 'stdout' : 'stderr', line, BigInt(index));
      if (index % 4 === 0) await reader.until(line);
    }
    expect(await reader.end()).toBe(all.join(''));
    expect(reader.troubles).toEqual([]);
    writer.close();
  });

  test.each([1, 2, 5])(
    'of %i files takes what it must from one that does not, and tells',
    async (maxFiles) => {
      const writer = new LogWriter(log, { maxSize: 1000, maxFiles });
      const reader = follow();
      writer.write('stdout', 'begun', 0n);
      await reader.until('begun');
      const all = lines(999);
      for (const [index, line] of all.entries()) writer.write('stdout', line, BigInt(index + 1));
      await reader.until(all.at(-1) ?? '');
      const seen = await reader.end();
      expect(reader.troubles).toEqual(['lost']);
      // What it held, then what was still there: whole lines, none of them twice.
      const numbers = seen.slice('begun'.length).match(/\d+/g)?.map(Number) ?? [];
      const gaps = numbers.filter((number, index) => index > 0 && number !== (numbers[index - 1] ?? 0) + 1);
      expect(gaps).toHaveLength(1);
      expect(numbers[0]).toBe(0);
      expect(numbers.at(-1)).toBe(998);
      writer.close();
    },
  );

  test('right after one has looked takes nothing', async () => {
    const writer = new LogWriter(log);
    writer.write('stdout', 'first\n', 1n);
    const look = vi.spyOn(LogChain.prototype, 'isNewest').mockImplementationOnce(() => {
      writer.write('stdout', 'last\n', 2n);
      writer.rotate();
      writer.write('stdout', 'next\n', 3n);
      return false;
    });
    const reader = follow();
    await reader.until('next\n');
    expect(await reader.end()).toBe('first\nlast\nnext\n');
    look.mockRestore();
    writer.close();
  });

  test('hides no pair from who looks for it meanwhile', async () => {
    const writing = execa(process.execPath, [rotatingLog, log, '80']);
    let isOver = false;
    void writing.finally(() => {
      isOver = true;
    });
    const chain = new LogChain(log);
    const found = new Set<string>();
    const textOf = (pair: LogPair) => pair.read(0, Buffer.alloc(10)).toString();
    while (!isOver) {
      await setTimeout(0);
      const oldest = await chain.oldest();
      if (oldest === undefined || oldest.count() === 0) {
        oldest?.close();
        continue;
      }
      const second = await chain.newerThan(oldest);
      const texts = [textOf(oldest), second === 'lost' ? second : second && textOf(second)];
      found.add(JSON.stringify(texts));
      oldest.close();
      if (second !== 'lost') second?.close();
    }
    await writing;
    // The next has been begun, or written to, or there is none yet.
    for (const texts of found) expect(texts).toBeOneOf(['["0\\n","1\\n"]', '["0\\n",""]', '["0\\n",null]']);
    expect(found).toContain('["0\\n","1\\n"]');
  });

  test('while one reads what was there keeps it from no end', async () => {
    const writer = new LogWriter(log, { maxSize: 1000, maxFiles: 100 });
    for (const [index, line] of lines(60).entries()) writer.write('stdout', line, BigInt(index));
    let [seen, more] = ['', 60];
    for await (const some of readLog(log, { streams: [logStreams.stdout] })) {
      seen += Buffer.concat(some.map(({ bytes }) => bytes)).toString();
      for (let count = 0; count < 5; count++) writer.write('stdout', `${more++}\n`, 100n);
    }
    expect(seen).toBe(lines(60).join(''));
    writer.close();
  });
});

describe('it ends', () => {
  test('when it is aborted', async () => {
    const writer = new LogWriter(log);
    const abort = new AbortController();
    const reader = follow({ abort: abort.signal });
    writer.write('stdout', 'seen\n', 1n);
    await reader.until('seen\n');
    abort.abort();
    await reader.reading;
    writer.close();
  });

  test('with what was written, when the log is deleted', async () => {
    const writer = new LogWriter(log);
    const reader = follow({ follow: { isOver: () => false, watch: [directory] } });
    writer.write('stdout', 'seen\n', 1n);
    await reader.until('seen\n');
    writer.write('stdout', 'last\n', 2n);
    renameSync(log, join(directory, 'removed'));
    rmSync(join(directory, 'removed'), { recursive: true });
    await reader.until('last\n');
    expect(reader.troubles).toEqual([]);
    writer.close();
  });

  test('and says so, when the log is deleted before all of it was read', async () => {
    const writer = new LogWriter(log, { maxSize: 1000 });
    for (let count = 0; count < 20; count++) writer.write('stdout', `${'.'.repeat(99)}\n`, 1n);
    const troubles: string[] = [];
    let batches = 0;
    for await (const _ of readLog(log, {
      streams: [logStreams.stdout],
      follow: { isOver: () => true },
      onTrouble: (trouble) => troubles.push(trouble),
    })) {
      if (batches++ === 0) rmSync(log, { recursive: true });
    }
    expect(troubles).toEqual(['lost']);
    writer.close();
  });
});

describe('from where a log ended', () => {
  test('on is read what came then, though it was rotated and removed before anybody looked', async () => {
    const writer = new LogWriter(log, { maxSize: 5000, maxFiles: 1 });
    writer.write('stdout', 'before, and with no end', 1n);
    const from = await endOfLog(log);
    if (from === undefined) throw new Error('there is no log');
    writer.write('stdout', 'after\n', 2n);
    rmSync(log, { recursive: true });
    const reader = follow({ from });
    await reader.until('after\n');
    expect(await reader.end()).toBe('after\n');
    expect(reader.troubles).toEqual([]);
    writer.close();
  });

  test('back is read what came before, without what came since', async () => {
    const writer = new LogWriter(log);
    writer.write('stdout', 'one\ntwo\nthr', 1n);
    const to = await endOfLog(log);
    if (to === undefined) throw new Error('there is no log');
    writer.write('stdout', 'ee\nfour\n', 2n);
    const read = async (options: Partial<ChunkOptions>) => {
      const chunks: Buffer[] = [];
      for await (const some of readChunks(log, { streams: [logStreams.stdout], to, ...options }))
        chunks.push(...some.map(({ bytes }) => bytes));
      return Buffer.concat(chunks).toString();
    };
    expect(await read({})).toBe('one\ntwo\nthr');
    expect(await read({ tail: 2 })).toBe('two\nthr');
    expect(await read({ tail: 0 })).toBe('');
    to.pair.close();
    writer.close();
  });

  test('nobody reads where there is none', async () => {
    expect(await endOfLog(log)).toBeUndefined();
  });
});
