import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, formatSize, parseDuration, parseSize } from '../../src/document/units.ts';
import { ScError } from '../../src/errors/error.ts';

const amounts = fc.nat(Number.MAX_SAFE_INTEGER);

describe('sizes', () => {
  test.each([
    ['0B', 0],
    ['1B', 1],
    ['1Ki', 1024],
    ['256Mi', 268_435_456],
    ['1.5Gi', 1_610_612_736],
    ['0.5Ki', 512],
    ['7Pi', 7 * 2 ** 50],
  ])('"%s" is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each([
    '',
    '1',
    '256',
    '1K',
    '1M',
    '1MB',
    '1mi',
    '1 Mi',
    ' 1Mi',
    '-1Mi',
    '01Mi',
    '1.Mi',
    '.5Gi',
    '1e3B',
    '0x1B',
    '1Mi\n',
  ])('%j is refused', (text) => {
    expect(() => parseSize(text)).toThrow(ScError);
  });

  test('a part of a byte is refused, not rounded', () => {
    expect(() => parseSize('0.1Ki')).toThrow(expect.objectContaining({ hint: 'a whole number of bytes' }));
    expect(() => parseSize('1.5B')).toThrow(ScError);
  });

  test('a size that a number cannot hold exactly is refused', () => {
    expect(parseSize('9007199254740991B')).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => parseSize('8Pi')).toThrow(ScError);
  });

  test('every size is read back as it was written', () => {
    fc.assert(fc.property(amounts, (bytes) => parseSize(formatSize(bytes)) === bytes));
  });

  test('any text gives a whole number of bytes or an error of usage', () => {
    fc.assert(fc.property(fc.string(), (text) => isWholeOrRefused(() => parseSize(text))));
  });
});

describe('times', () => {
  test.each([
    ['0s', 0],
    ['500ms', 500],
    ['10s', 10_000],
    ['1.5s', 1500],
    ['1.1s', 1100],
    ['1m30s', 90_000],
    ['1h0.5m', 3_630_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['2m5ms', 120_005],
    ['90s', 90_000],
  ])('"%s" is %d milliseconds', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each([
    '',
    '10',
    '10 s',
    '-1s',
    's',
    '30s1m',
    '1s1s',
    '1.5ms',
    '10sec',
    '1m 30s',
    '.5s',
    '1w',
    '10S',
    '10s\n',
  ])('%j is refused', (text) => {
    expect(() => parseDuration(text)).toThrow(ScError);
  });

  test('a part of a millisecond is refused, not rounded', () => {
    expect(() => parseDuration('0.0001s')).toThrow(
      expect.objectContaining({ hint: 'a whole number of milliseconds' }),
    );
  });

  test('every time is read back as it was written', () => {
    fc.assert(
      fc.property(amounts, (milliseconds) => parseDuration(formatDuration(milliseconds)) === milliseconds),
    );
  });

  test('any text gives whole milliseconds or an error of usage', () => {
    fc.assert(fc.property(fc.string(), (text) => isWholeOrRefused(() => parseDuration(text))));
  });
});

function isWholeOrRefused(parse: () => number): boolean {
  try {
    return Number.isSafeInteger(parse());
  } catch (error) {
    return error instanceof ScError && error.code === 'SC_USAGE';
  }
}
