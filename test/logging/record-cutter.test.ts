import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatLogTime, RecordAssembler } from '../../src/logging/log-record.ts';
import { LARGEST_RECORD, type Piece, RecordCutter } from '../../src/logging/record-cutter.ts';
import type { LogRecord } from '../../src/schema/operations/logs.ts';

/** Bytes in which newlines, characters of several bytes, parts of such, and long lines are frequent. */
const bytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 5 }),
      fc.string({ unit: 'grapheme', maxLength: 5 }).map((text) => Buffer.from(text)),
      fc.constantFrom('\n', '\r\n', 'é', '€', '𝄞').map((text) => Buffer.from(text)),
      fc
        .tuple(fc.constantFrom('a', 'é', '€', '𝄞'), fc.integer({ min: 4000, max: 17_000 }))
        .map(([character, count]) => Buffer.from(character.repeat(count))),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));

const cuts = fc.array(fc.nat({ max: 40_000 }), { maxLength: 20 });

function chunksOf(whole: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (whole.length + 1)), whole.length].sort(
    (a, b) => a - b,
  );
  return sorted.slice(1).map((end, index) => whole.subarray(sorted[index], end));
}

function piecesOf(chunks: readonly Buffer[]): Piece[] {
  const cutter = new RecordCutter(1);
  return [...chunks.flatMap((chunk, index) => cutter.cut(chunk, BigInt(index))), ...cutter.end()];
}

function recordsOf(chunks: readonly Buffer[]): LogRecord[] {
  const assembler = new RecordAssembler();
  return piecesOf(chunks).flatMap((piece) => assembler.add(piece) ?? []);
}

const bytesOf = ({ log, logBase64 }: LogRecord): Buffer =>
  log === undefined ? Buffer.from(logBase64 ?? '', 'base64') : Buffer.from(log);

describe('records', () => {
  test('give back exactly the bytes, however they came', () => {
    fc.assert(
      fc.property(bytes, cuts, (whole, places) => {
        const records = recordsOf(chunksOf(whole, places));
        expect(Buffer.concat(records.map(bytesOf)).equals(whole)).toBe(true);
      }),
    );
  });

  test('do not depend on how the bytes came, but for their times', () => {
    fc.assert(
      fc.property(bytes, cuts, (whole, places) => {
        const texts = (records: LogRecord[]) => records.map(({ log, logBase64 }) => log ?? logBase64);
        expect(texts(recordsOf(chunksOf(whole, places)))).toEqual(texts(recordsOf([whole])));
      }),
    );
  });

  test('are lines, and of a longer line at most 16 KiB each', () => {
    fc.assert(
      fc.property(bytes, cuts, (whole, places) => {
        for (const record of recordsOf(chunksOf(whole, places))) {
          const own = bytesOf(record);
          expect(own.length).toBeGreaterThan(0);
          expect(own.length).toBeLessThanOrEqual(LARGEST_RECORD);
          expect([-1, own.length - 1]).toContain(own.indexOf('\n'));
        }
      }),
    );
  });

  test('of a text are texts, wherever it was cut', () => {
    const text = fc
      .array(fc.tuple(fc.constantFrom('\n', 'x', 'é', '€', '𝄞'), fc.integer({ min: 1, max: 17_000 })), {
        maxLength: 4,
      })
      .map((parts) => Buffer.from(parts.map(([character, count]) => character.repeat(count)).join('')));
    fc.assert(
      fc.property(text, cuts, (whole, places) => {
        for (const record of recordsOf(chunksOf(whole, places)))
          expect(record).not.toHaveProperty('logBase64');
      }),
    );
  });

  test('have the time of their first byte, which never decreases', () => {
    const cutter = new RecordCutter(1);
    const pieces = [
      ...cutter.cut(Buffer.from('one\ntw'), 5n),
      ...cutter.cut(Buffer.from('o\nthree\n'), 9n),
      ...cutter.cut(Buffer.from('four\n'), 7n),
    ];
    const starts = pieces.filter(({ startsLine }) => startsLine);
    expect(starts.map(({ time }) => time)).toEqual([5n, 5n, 9n, 9n]);
  });
});

describe('a record', () => {
  test('that is not UTF-8 is in base64', () => {
    expect(recordsOf([Buffer.from([0x61, 0xff, 0x0a]), Buffer.from('b\n')])).toEqual([
      { logBase64: 'Yf8K', stream: 'stdout', time: '1970-01-01T00:00:00.000000000Z' },
      { log: 'b\n', stream: 'stdout', time: '1970-01-01T00:00:00.000000001Z' },
    ]);
  });

  test('keeps what looks like the mark of a byte order, and characters that JSON has to escape', () => {
    const text = '\ufeffa\u0000"\\\u2028\r\n';
    expect(recordsOf([Buffer.from(text)])).toMatchObject([{ log: text }]);
  });

  test('without a newline is kept', () => {
    expect(recordsOf([Buffer.from('a\nb')])).toMatchObject([{ log: 'a\n' }, { log: 'b' }]);
  });

  test('of 16 KiB in characters of three bytes ends before one that it has no room for', () => {
    const [first, second] = recordsOf([Buffer.from('€'.repeat(6000))]);
    expect(first?.log).toBe('€'.repeat(5461));
    expect(second?.log).toBe('€'.repeat(539));
  });
});

test.each([
  [0n, '1970-01-01T00:00:00.000000000Z'],
  [1_714_564_803_250_417_093n, '2024-05-01T12:00:03.250417093Z'],
  [253_402_300_799_999_999_999n, '9999-12-31T23:59:59.999999999Z'],
])('%s nanoseconds are %s', (time, text) => {
  expect(formatLogTime(time)).toBe(text);
});
