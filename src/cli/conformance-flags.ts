import { string } from '@oclif/core/flags';
import type { Wanted } from '../conformance/selection.ts';

/** Which cases are wanted. */
export const selectionFlags = {
  profile: string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'Only cases of this profile of specs/conformance.md.',
    helpValue: 'NAME',
  }),
  level: string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'Only cases of statements of this level.',
    options: ['must', 'should', 'may'] as const,
  }),
  case: string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'Only these: IDs, with * and **, a chapter, or the ID of a statement.',
    helpValue: 'CASE',
  }),
};

export function wantedBy(flags: {
  profile?: string[] | undefined;
  level?: string[] | undefined;
  case?: string[] | undefined;
}): Wanted {
  return {
    profiles: flags.profile ?? [],
    levels: (flags.level ?? []) as Wanted['levels'],
    cases: flags.case ?? [],
  };
}

/** The case that is tried is tried to its end, so that nothing of it stays. */
export function untilInterrupted(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  return interrupted.signal;
}
