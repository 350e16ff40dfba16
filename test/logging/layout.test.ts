import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dataNumber, decodeEntry, ENTRY_SIZE, entryOffsets, logFileName } from '../../src/logging/layout.ts';
import { encodeEntry } from '../support/log-writer.ts';

const entry = fc
  .record({
    time: fc.bigInt(0n, 253_402_300_799_999_999_999n),
    end: fc.maxSafeNat(),
    length: fc.nat(),
    stream: fc.constantFrom(1, 2),
  })
  .filter(({ end, length }) => length <= end);

test('an entry reads back as it was written', () => {
  fc.assert(
    fc.property(entry, (value) => {
      expect(decodeEntry(encodeEntry(value), 0)).toEqual(value);
    }),
  );
});

test('an entry has its numbers where the keeper writes them', () => {
  const bytes = encodeEntry({ time: 3_000_000_007n, end: 500, length: 20, stream: 2 });
  expect(bytes.toString('hex')).toBe('03000000000000000700000000000000f4010000000000001400000002000000');
});

test('whatever stands in an index, it is an entry or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: ENTRY_SIZE, maxLength: ENTRY_SIZE }), (bytes) => {
      const found = decodeEntry(Buffer.from(bytes), 0);
      if (found !== undefined) expect(encodeEntry(found)).toEqual(Buffer.from(bytes));
    }),
  );
});

test.each([
  ['a stream that there is not', { stream: 3 }],
  ['a mark with a length', { stream: 0 }],
  ['a chunk that begins before the data', { length: 501 }],
])('%s is no entry', (_, changes) => {
  const sound = { time: 1n, end: 500, length: 20, stream: 1 };
  expect(decodeEntry(encodeEntry({ ...sound, ...changes }), 0)).toBeUndefined();
});

test.each([
  ['a second with too many nanoseconds', entryOffsets.nanoseconds, 1_000_000_000n],
  ['a time of the year 10000', entryOffsets.seconds, 253_402_300_800n],
  ['an end that cannot be counted', entryOffsets.end, 2n ** 60n],
])('%s is no entry', (_, offset, value) => {
  const bytes = encodeEntry({ time: 1n, end: 500, length: 20, stream: 1 });
  bytes.writeBigUInt64LE(value, offset);
  expect(decodeEntry(bytes, 0)).toBeUndefined();
});

test('files of data are known by their names', () => {
  expect([0, 1, 999].map((number) => dataNumber(logFileName('data', number)))).toEqual([0, 1, 999]);
  expect(['index', 'data.', 'data.01', 'data.0', 'data.1x', 'xdata'].map(dataNumber)).toEqual(
    Array(6).fill(undefined),
  );
});
