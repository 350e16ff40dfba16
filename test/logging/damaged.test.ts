import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ENTRY_SIZE, logStreams } from '../../src/logging/layout.ts';
import { mendLog } from '../../src/logging/mend-log.ts';
import type { ChunkOptions } from '../../src/logging/read-chunks.ts';
import { readLog } from '../../src/logging/read-log.ts';
import { encodeEntry, LogWriter } from '../support/log-writer.ts';

let directory: string;
let log: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
  log = join(directory, 'log');
});
afterEach(() => rmSync(directory, { recursive: true }));

async function read(options: Partial<ChunkOptions> = {}, path = log) {
  const troubles: string[] = [];
  let text = '';
  const streams = [logStreams.stdout, logStreams.stderr];
  const onTrouble = (trouble: string) => troubles.push(trouble);
  for await (const some of readLog(path, { streams, onTrouble, ...options }))
    text += Buffer.concat(some.map(({ bytes }) => bytes)).toString();
  return { text, troubles };
}

function write(...lines: string[]): void {
  const writer = new LogWriter(log);
  for (const [index, line] of lines.entries()) writer.write('stdout', line, BigInt(index));
  writer.close();
}

const index = () => join(log, 'index');

describe('an index', () => {
  test('that was torn is read up to its last whole entry', async () => {
    write('one\n', 'two\n');
    truncateSync(index(), 2 * ENTRY_SIZE - 1);
    expect(await read()).toEqual({ text: 'one\n', troubles: [] });
    expect(await read({ tail: 5 })).toEqual({ text: 'one\n', troubles: [] });
  });

  test('that names data which is not there is read without that', async () => {
    write('one\n', 'two\n');
    truncateSync(join(log, 'data'), 6);
    expect(await read()).toEqual({ text: 'one\n', troubles: ['damaged'] });
    expect((await read({ tail: 5 })).text).toBe('one\n');
    expect((await read({ since: 1n })).text).toBe('');
  });

  test('with an entry that is none is read without that', async () => {
    write('one\n');
    appendFileSync(index(), Buffer.alloc(ENTRY_SIZE, 0xff));
    appendFileSync(join(log, 'data'), 'two\n');
    appendFileSync(index(), encodeEntry({ time: 9n, end: 8, length: 4, stream: 1 }));
    expect(await read()).toEqual({ text: 'one\ntwo\n', troubles: ['damaged'] });
    expect((await read({ tail: 1 })).text).toBe('two\n');
  });

  test('is left out where its data is not there, and data without index too', async () => {
    write('one\n');
    const writer = new LogWriter(log);
    writer.rotate();
    writer.write('stdout', 'two\n', 5n);
    writer.close();
    for (const name of ['data.1', 'index.7']) rmSync(join(log, name), { force: true });
    writeFileSync(join(log, 'index.7'), '');
    writeFileSync(join(log, 'data.9'), 'lost');
    expect(await read()).toEqual({ text: 'two\n', troubles: [] });
  });

  test('of whatever bytes leads to an end', async () => {
    const entry = fc
      .record({ time: fc.bigInt(0n, 100n), end: fc.nat(400), length: fc.nat(400), stream: fc.nat(3) })
      .map(encodeEntry);
    const bytes = fc
      .array(fc.oneof(entry, fc.uint8Array({ maxLength: 40 })))
      .map((parts) => Buffer.concat(parts));
    const windows: Partial<ChunkOptions>[] = [
      {},
      { tail: 3 },
      { since: 50n },
      { tail: 2, since: 3n, until: 50n },
    ];
    await fc.assert(
      fc.asyncProperty(bytes, fc.uint8Array({ maxLength: 300 }), async (entries, data) => {
        mkdirSync(log, { recursive: true });
        writeFileSync(index(), entries);
        writeFileSync(join(log, 'data'), data);
        for (const window of windows) await read(window);
      }),
    );
  });
});

test.each([
  ['torn', () => truncateSync(index(), 3 * ENTRY_SIZE - 1), 'one\ntwo\n'],
  ['without the data that it names', () => truncateSync(join(log, 'data'), 6), 'one\n'],
  ['with what is no entry', () => appendFileSync(index(), Buffer.alloc(100, 0xff)), 'one\ntwo\nthree\n'],
])('an index %s is mended for the next keeper', async (_, damage, text) => {
  write('one\n', 'two\n', 'three\n');
  damage();
  mendLog(log);
  expect(await read()).toEqual({ text, troubles: [] });
});

describe('a rotation that is cut off', () => {
  const maxFiles = 4;
  /** In the order of the keeper. */
  const renames = [3, 2, 1].flatMap((number) =>
    ['data', 'index'].map((kind) => ({
      from: number === 1 ? kind : `${kind}.${number - 1}`,
      to: `${kind}.${number}`,
    })),
  );

  /** A log of so many files, each with its number from the oldest, and a rotation that came so far. */
  function cutOff(files: number, steps: number): string {
    const whole = join(directory, `whole ${files}`);
    if (!existsSync(whole)) {
      const writer = new LogWriter(whole, { maxFiles });
      for (let number = 0; number < files; number++) {
        if (number > 0) writer.rotate();
        writer.write('stdout', `${number}\n`, BigInt(number));
      }
      writer.close();
    }
    const copy = join(directory, `${files} ${steps}`);
    cpSync(whole, copy, { recursive: true });
    for (const { from, to } of renames.slice(0, steps)) {
      if (existsSync(join(copy, from))) renameSync(join(copy, from), join(copy, to));
    }
    if (steps > renames.length) writeFileSync(join(copy, 'data'), '');
    if (steps > renames.length + 1) writeFileSync(join(copy, 'index'), '');
    return copy;
  }

  const cases = [1, 2, 3, 4].flatMap((files) =>
    Array.from({ length: renames.length + 3 }, (_, steps) => ({ files, steps })),
  );

  test.each(cases)(
    'of $files files after $steps steps is finished by the next keeper',
    async ({ files, steps }) => {
      const copy = cutOff(files, steps);
      const before = await read({}, copy);
      mendLog(copy);
      expect(await read({}, copy)).toEqual(before);
      // It opens what is there, and begins what is not.
      for (const kind of ['data', 'index']) appendFileSync(join(copy, kind), '');
      const { size } = statSync(join(copy, 'data'));
      appendFileSync(join(copy, 'data'), 'next\n');
      appendFileSync(join(copy, 'index'), encodeEntry({ time: 9n, end: size + 5, length: 5, stream: 1 }));
      expect(await read({}, copy)).toEqual({ text: `${before.text}next\n`, troubles: [] });
    },
  );

  test.each(cases)('with $files files after $steps steps gives each line once', async ({ files, steps }) => {
    const copy = cutOff(files, steps);
    const isOverwritten = files === maxFiles && steps > 0;
    const expected = Array.from({ length: files }, (_, number) => `${number}\n`).slice(isOverwritten ? 1 : 0);
    expect(await read({}, copy)).toEqual({ text: expected.join(''), troubles: [] });
    expect((await read({ tail: 2 }, copy)).text).toBe(expected.slice(-2).join(''));
  });
});
