import { ScError } from '../../errors/error.ts';
import type { SeccompRule } from './profile.ts';

/** What a rule does, as one number; `fallback` is what happens without it. */
type ActionOf = (rule: SeccompRule) => number;

/**
 * Refuses rules of which libseccomp would silently drop one: it keeps a rule without conditions and forgets
 * those with, and takes no rule at all that says what happens anyway. So "kill if the argument is 1" would be
 * gone beside "allow". Throws SC_UNSUPPORTED.
 */
export function refuseConflicts(rules: readonly SeccompRule[], actionOf: ActionOf, fallback: number): void {
  const byName = new Map<string, SeccompRule[]>();
  for (const rule of rules) {
    for (const name of rule.names) {
      const others = byName.get(name);
      if (others) others.push(rule);
      else byName.set(name, [rule]);
    }
  }
  for (const [name, same] of byName) {
    if (same.length > 1 && same.some((rule) => isLost(rule, same, actionOf, fallback))) throw conflict(name);
  }
}

/** Without the first no container begins, without the second its init does not end when it could not begin. */
const indispensable = ['execve', 'exit_group'];

/**
 * Refuses profiles that answer such a call with error 0: it would not be made, and count as made. Any other
 * error is told where it comes up. Throws SC_UNSUPPORTED.
 */
export function refusePretence(
  rules: readonly SeccompRule[],
  actionOf: ActionOf,
  fallback: number,
  pretence: number,
): void {
  for (const name of indispensable) {
    const all = rules.filter((rule) => rule.names.includes(name));
    const isPretended =
      all.length === 0 ? fallback === pretence : all.some((rule) => actionOf(rule) === pretence);
    if (!isPretended) continue;
    throw new ScError(
      'SC_UNSUPPORTED',
      `compile the seccomp filter: "${name}" would pretend to have been made`,
      {
        hint: `allow "${name}", or give it an error above 0`,
      },
    );
  }
}

function isLost(
  rule: SeccompRule,
  all: readonly SeccompRule[],
  actionOf: ActionOf,
  fallback: number,
): boolean {
  const action = actionOf(rule);
  const others = all.filter((other) => actionOf(other) !== action);
  if (action === fallback && isConditional(rule)) return others.length > 0;
  return others.some((other) => !isConditional(other) && actionOf(other) !== fallback);
}

function isConditional({ args }: SeccompRule): boolean {
  return args !== undefined && args.length > 0;
}

function conflict(name: string): ScError {
  const message = `compile the seccomp filter: the rules for "${name}" contradict one another`;
  return new ScError('SC_UNSUPPORTED', message, {
    hint: `give "${name}" one action, or conditions to all rules but that of the default action`,
  });
}
