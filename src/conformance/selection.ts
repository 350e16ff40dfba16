import { matchesGlob } from 'node:path';
import type { Level } from '../schema/conformance-log.ts';
import type { LoadedCase } from './cases.ts';

/** Which cases are wanted; what is empty asks for all. */
export interface Wanted {
  profiles: readonly string[];
  levels: readonly Level[];
  /** IDs of cases, with `*` and `**`, the beginnings of such behind which a `/` comes, or IDs of statements. */
  cases: readonly string[];
}

/** In their order. */
export function selectCases(
  cases: readonly LoadedCase[],
  { profiles, levels, cases: patterns }: Wanted,
): LoadedCase[] {
  return cases.filter(
    (one) =>
      (profiles.length === 0 || one.profiles.some((profile) => profiles.includes(profile))) &&
      (levels.length === 0 || levels.includes(one.level)) &&
      (patterns.length === 0 || patterns.some((pattern) => fits(one, pattern))),
  );
}

/** Without one of these a pattern is a word: a pattern is translated anew for each case, and mutants ask for hundreds. */
const special = /[*?[{(!\\]/;

const STATEMENT = /^SC-[A-Z]+-\d+$/;

/** Looks into the case only for a statement. */
function fits(one: LoadedCase, pattern: string): boolean {
  const { id } = one;
  return (
    id === pattern ||
    id.startsWith(`${pattern}/`) ||
    (special.test(pattern) && matchesGlob(id, pattern)) ||
    (STATEMENT.test(pattern) && (one.value?.requirements ?? []).includes(pattern))
  );
}
