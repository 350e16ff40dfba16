import { isDeepStrictEqual } from 'node:util';
import { problemBySchema } from './schema-check.ts';
import { valueAt } from './value-path.ts';

/** What is wrong, in words; undefined where it holds. */
type Match = (found: unknown, wanted: unknown) => string | undefined;

type Map = { readonly [key: string]: unknown };

/** By the word that a case has for it. Each says what it would have liked. */
const matchers: { readonly [word: string]: Match } = {
  equal: (found, wanted) => (isDeepStrictEqual(found, wanted) ? undefined : inWords(wanted)),
  not: (found, wanted) => (problemWith(found, wanted) === undefined ? `not ${inWords(wanted)}` : undefined),
  in: (found, wanted) =>
    listOf(wanted).some((one) => isDeepStrictEqual(found, one)) ? undefined : `one of ${inWords(wanted)}`,
  regex: (found, wanted) =>
    typeof found === 'string' && new RegExp(String(wanted), 'm').test(found)
      ? undefined
      : `what fits /${wanted}/`,
  contains(found, wanted) {
    const lacking = listOf(wanted).filter((part) => !contains(found, part));
    return lacking.length === 0 ? undefined : `${inWords(lacking)} in it`;
  },
  lacks(found, wanted) {
    const there = listOf(wanted).filter((part) => contains(found, part));
    return there.length === 0 && found !== undefined ? undefined : `no ${inWords(there)} in it`;
  },
  subset: (found, wanted) => subset(found, wanted),
  range(found, wanted) {
    const [least, most] = listOf(wanted) as (number | null)[];
    const fits =
      typeof found === 'number' &&
      found >= (least ?? -Infinity) &&
      found <= (most ?? Number.POSITIVE_INFINITY);
    return fits ? undefined : `from ${least ?? 'anything'} to ${most ?? 'anything'}`;
  },
  exists: (found, wanted) =>
    (found !== undefined) === wanted ? undefined : wanted ? 'something' : 'nothing',
  length(found, wanted) {
    const length = typeof found === 'string' || Array.isArray(found) ? found.length : undefined;
    const problem = problemWith(length, wanted);
    return problem && `a length of ${problem}`;
  },
  lines(found, wanted) {
    const lines = typeof found === 'string' ? found.replace(/\n$/, '').split('\n') : undefined;
    const problem = problemWith(lines, wanted);
    return problem && `the lines ${problem}`;
  },
  unordered(found, wanted) {
    const sorted = (list: unknown) =>
      listOf(list)
        .map((item) => JSON.stringify(item))
        .sort();
    const same = Array.isArray(found) && isDeepStrictEqual(sorted(found), sorted(wanted));
    return same ? undefined : `${inWords(wanted)} in any order`;
  },
  each: (found, wanted) =>
    Array.isArray(found) && found.length > 0 && found.every((item) => problemWith(item, wanted) === undefined)
      ? undefined
      : `each ${inWords(wanted)}`,
  some: (found, wanted) =>
    Array.isArray(found) && found.some((item) => problemWith(item, wanted) === undefined)
      ? undefined
      : `some ${inWords(wanted)}`,
  schema(found, wanted) {
    const problem = problemBySchema(found, String(wanted));
    return problem && `the form of ${wanted}: ${problem}`;
  },
};

/** What was expected of a value and is not so; undefined where all holds. */
export function problemWith(found: unknown, wanted: unknown): string | undefined {
  if (!isMatcher(wanted)) return matchers.equal?.(found, wanted);
  const problems = Object.entries(wanted).flatMap(([word, value]) => matchers[word]?.(found, value) ?? []);
  return problems.length === 0 ? undefined : problems.join(', ');
}

/**
 * Of one value of an answer, by its path: `exit.code: found 1, expected 3`; undefined where it holds. `.` is the whole
 * answer.
 */
export function brokenExpectation(answer: unknown, path: string, wanted: unknown): string | undefined {
  const found = path === '.' ? answer : valueAt(answer, path);
  const problem = problemWith(found, wanted);
  return problem && `${path}: found ${inWords(found)}, expected ${problem}`;
}

/** A map with words of matchers and no others. An object that is meant itself stands behind `equal`. */
function isMatcher(wanted: unknown): wanted is Map {
  const keys = typeof wanted === 'object' && wanted !== null ? Object.keys(wanted) : [];
  return keys.length > 0 && !Array.isArray(wanted) && keys.every((key) => Object.hasOwn(matchers, key));
}

function contains(found: unknown, part: unknown): boolean {
  if (typeof found === 'string') return found.includes(String(part));
  return Array.isArray(found) && found.some((item) => isDeepStrictEqual(item, part));
}

function subset(found: unknown, wanted: unknown, path = ''): string | undefined {
  if (isMatcher(wanted) || typeof wanted !== 'object' || wanted === null) {
    const problem = problemWith(found, wanted);
    return problem && `${path || 'it'} to be ${problem}`;
  }
  const map = (typeof found === 'object' && found !== null ? found : {}) as Map;
  const problems = Object.entries(wanted).flatMap(
    ([key, value]) => subset(map[key], value, path === '' ? key : `${path}.${key}`) ?? [],
  );
  return problems.length === 0 ? undefined : problems.join(', ');
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** Cut off where it is long. */
function inWords(value: unknown): string {
  if (value === undefined) return 'nothing';
  const words = JSON.stringify(value);
  return words.length > 400 ? `${words.slice(0, 400)}... (${words.length} characters)` : words;
}
