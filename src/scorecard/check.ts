import type { Answer, Question } from './question.ts';

export type Group =
  | 'rights'
  | 'system calls'
  | 'namespaces'
  | 'masked paths'
  | 'read-only paths'
  | 'mounts'
  | 'devices'
  | 'host'
  | 'limits';

/** One thing that a container should not see or not be able to do. */
export interface SecurityCheck {
  group: Group;
  name: string;
  /** Of 100 for all checks together. */
  points: number;
  /** What an attacker has of it. */
  reason: string;
  questions: readonly Question[];
  /** Pure: from the answers, in the order of the questions, what is weak; undefined where nothing is. */
  weakness(answers: readonly Answer[]): string | undefined;
}

export const EPERM = -1;
export const EACCES = -13;
export const ETXTBSY = -26;
export const ENOSYS = -38;
export const EAFNOSUPPORT = -97;

/** The names of those that a predicate holds for, as one weakness. */
export function named(
  names: readonly string[],
  answers: readonly Answer[],
  isWeak: (answer: Answer) => boolean,
): string | undefined {
  const weak = names.filter((_, index) => {
    const answer = answers[index];
    return answer !== undefined && isWeak(answer);
  });
  return inShort([...new Set(weak)]);
}

/** The first few of them; undefined for none. */
export function inShort(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  return names.length <= 6 ? names.join(' ') : `${names.slice(0, 5).join(' ')} and ${names.length - 5} more`;
}
