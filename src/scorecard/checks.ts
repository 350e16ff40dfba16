import type { SecurityCheck } from './check.ts';
import { deviceChecks } from './checks/devices.ts';
import { hostChecks, limitChecks } from './checks/host.ts';
import { mountChecks } from './checks/mounts.ts';
import { namespaceChecks } from './checks/namespaces.ts';
import { pathChecks } from './checks/paths.ts';
import { rightChecks } from './checks/rights.ts';
import { systemCallChecks } from './checks/system-calls.ts';
import type { HostSide } from './host-side.ts';
import type { Question } from './question.ts';

/** Everything that is looked at, 100 points in all. */
export function securityChecks(host: HostSide): SecurityCheck[] {
  return [
    ...rightChecks,
    ...systemCallChecks,
    ...namespaceChecks(host),
    ...pathChecks,
    ...mountChecks,
    ...deviceChecks(host),
    ...hostChecks(host),
    ...limitChecks,
  ];
}

/** Each question once, in the order in which the probe is to ask. */
export function questionsOf(checks: readonly SecurityCheck[]): Question[] {
  return [...new Set(checks.flatMap(({ questions }) => questions))];
}
