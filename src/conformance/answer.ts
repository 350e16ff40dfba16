import type { AdapterError } from '../schema/conformance-adapter.ts';
import { problemWithRefusal } from './error-kinds.ts';
import { brokenExpectation } from './matcher.ts';

/** What comes of a step: values, or why it was refused. */
export type Answer = { [name: string]: unknown; error?: AdapterError };

/**
 * What of an answer is not as it is expected to be, in words. What was refused without anybody expecting it is one;
 * `profiles` are those of the case.
 */
export function brokenOf(
  answer: Answer,
  expect: { readonly [path: string]: unknown } | undefined,
  profiles: readonly string[],
): string[] {
  const { error } = answer;
  const isExpected = Object.keys(expect ?? {}).some((path) => /^error\b/.test(path));
  if (error !== undefined && !isExpected) return [`refused as ${error.code ?? error.kind}: ${error.message}`];
  return Object.entries(expect ?? {}).flatMap(([path, wanted]) => {
    if (path !== 'error' || typeof wanted !== 'string') return brokenExpectation(answer, path, wanted) ?? [];
    if (error === undefined) return [`error: it was done, expected ${wanted}`];
    if (wanted === 'refused')
      return error.kind === 'internal' ? [`error: found internal (${error.message})`] : [];
    return problemWithRefusal(error, wanted, profiles) ?? [];
  });
}
