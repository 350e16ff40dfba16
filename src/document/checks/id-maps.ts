import type { Finding } from '../finding.ts';
import { type Check, containersOf, joined, select } from './check.ts';

interface Range {
  inside: number;
  host: number;
  size: number;
}

/** Numbers end here: the last one is nobody (user_namespaces(7)). */
const END = 2 ** 32 - 1;

/** Who must be there: root, and for groups that of terminals, to which /dev/pts belongs. */
const needed = { uids: [0], gids: [0, 5] } as const;

export const idMapChecks: readonly Check[] = [
  {
    name: 'maps of users and groups are one to one, and have those that every container needs',
    run: (document) =>
      containersOf(document).flatMap(({ path, value }) =>
        (['uids', 'gids'] as const).flatMap((key) =>
          select(value, `security.userNamespace.${key}`).flatMap((field) => {
            const at = joined(path, field.path);
            const ranges = rangesOf(field.value);
            return ranges === undefined
              ? []
              : [...findOverlaps(at, ranges), ...findGaps(at, ranges, needed[key])];
          }),
        ),
      ),
  },
];

/** What is wrong with ranges by themselves: the kernel refuses them without a word on which. */
export function findOverlaps(path: string, ranges: readonly Range[]): Finding[] {
  return ranges.flatMap((range, index) => {
    const at = `${path}[${index}]`;
    if (Math.max(range.inside, range.host) + range.size > END)
      return [{ path: at, message: `the range leads beyond the last number, ${END - 1}` }];
    for (const side of ['inside', 'host'] as const) {
      const other = ranges.slice(0, index).findIndex((earlier) => overlap(range, earlier, side));
      if (other !== -1)
        return [{ path: at, message: `the numbers of "${side}" overlap those of ${path}[${other}]` }];
    }
    return [];
  });
}

function findGaps(path: string, ranges: readonly Range[], numbers: readonly number[]): Finding[] {
  const missing = numbers.filter(
    (number) => !ranges.some(({ inside, size }) => inside <= number && number < inside + size),
  );
  if (missing.length === 0) return [];
  return [
    { path, message: `nobody stands for ${missing.join(' and ')} inside`, expected: 'a range with it' },
  ];
}

function overlap(one: Range, other: Range, side: 'inside' | 'host'): boolean {
  return one[side] < other[side] + other.size && other[side] < one[side] + one.size;
}

/** Undefined where the schema has something against them. */
export function rangesOf(value: unknown): Range[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const isRange = (item: unknown): item is Range =>
    typeof item === 'object' &&
    item !== null &&
    ['inside', 'host', 'size'].every((key) => Number.isSafeInteger(Reflect.get(item, key)));
  return value.every(isRange) ? value : undefined;
}
