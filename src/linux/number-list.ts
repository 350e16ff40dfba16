import { ScError } from '../errors/error.ts';

/** Of processors or memory nodes: from the first number to the last, both among them. */
export type NumberRange = readonly [first: number, last: number];

/**
 * `0-3,7` as the kernel writes it (cpuset(7), List format). Throws SC_USAGE for another form. Ranges stay
 * ranges: a long one would else take memory for each of its numbers.
 */
export function parseNumberList(text: string): NumberRange[] {
  if (text === '') return [];
  return text.split(',').map((range) => {
    const [, first = '', last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(range) ?? [];
    if (first !== '' && Number(first) <= Number(last)) return [Number(first), Number(last)];
    throw new ScError('SC_USAGE', `found "${range}"`, { hint: 'a number, or a range from low to high' });
  });
}

/** Whether every number of `list` is in one of `within`, which are in order and do not overlap. */
export function isWithin(list: readonly NumberRange[], within: readonly NumberRange[]): boolean {
  const joined = join(within);
  return list.every(([first, last]) => joined.some(([from, to]) => from <= first && last <= to));
}

/** How many numbers there are in ranges that do not overlap. */
export function countOf(list: readonly NumberRange[]): number {
  return list.reduce((count, [first, last]) => count + last - first + 1, 0);
}

/** `0-1` and `2` are `0-2`. */
function join(ranges: readonly NumberRange[]): NumberRange[] {
  const joined: NumberRange[] = [];
  for (const [first, last] of ranges) {
    const before = joined.at(-1);
    if (before !== undefined && before[1] + 1 === first) joined.splice(-1, 1, [before[0], last]);
    else joined.push([first, last]);
  }
  return joined;
}
