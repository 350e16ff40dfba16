import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countOf, isWithin, type NumberRange, parseNumberList } from '../../src/linux/number-list.ts';

describe('a list of numbers as the kernel writes it', () => {
  test('is read as ranges, however long they are', () => {
    expect(parseNumberList('0-3,7')).toEqual([
      [0, 3],
      [7, 7],
    ]);
    expect(parseNumberList('')).toEqual([]);
    expect(countOf(parseNumberList('0-999999999'))).toBe(1_000_000_000);
  });

  test.each(['3-1', 'a', '1,', '-1', '1-', '0 1', '1-2-3', '9999999999', ' '])('%j is none', (text) => {
    expect(() => parseNumberList(text)).toThrow('found "');
  });

  test('is within another one if each of its numbers is, and not otherwise', () => {
    const number = fc.nat(12);
    const numbers = fc.uniqueArray(number).map((list) => list.sort((left, right) => left - right));
    const range = fc
      .tuple(number, number)
      .map(([one, other]): NumberRange => [Math.min(one, other), Math.max(one, other)]);
    fc.assert(
      fc.property(fc.array(range), numbers, (list, within) => {
        const all = list.flatMap(([first, last]) =>
          [...Array(last - first + 1).keys()].map((i) => first + i),
        );
        const ranges = parseNumberList(within.join(','));
        expect(isWithin(list, ranges)).toBe(all.every((one) => within.includes(one)));
      }),
    );
  });
});
