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
