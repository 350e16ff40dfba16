import { ScError } from '../errors/error.ts';
import { type HostFacts, probeHost } from '../linux/host-facts.ts';
import type { Check, Diagnosis } from '../schema/answer.ts';
import { checkRoot } from '../state/root.ts';
import { confinementChecks } from './host-checks/confinement.ts';
import { cgroupChecks } from './host-checks/control-groups.ts';
import { kernelChecks } from './host-checks/kernel.ts';
import { rightChecks } from './host-checks/rights.ts';
import { storageChecks } from './host-checks/storage.ts';
import type { Settings } from './settings.ts';

/** What this host can and cannot do, and how to mend it. What it tries leaves no trace. */
export function diagnose({ root }: Settings): Diagnosis {
  const checks = judge(probeHost(root), faultOf(root));
  return { fit: checks.every(({ status }) => status !== 'fail'), checks };
}

/** Pure: the facts in, a verdict on each out. `fault` is what is wrong with the state directory itself. */
export function judge(facts: HostFacts, fault?: string): Check[] {
  return [
    ...kernelChecks(facts),
    ...rightChecks(facts),
    ...cgroupChecks(facts),
    ...storageChecks(facts, fault),
    ...confinementChecks(facts),
  ];
}

function faultOf(root: string): string | undefined {
  try {
    checkRoot(root);
    return undefined;
  } catch (error) {
    if (error instanceof ScError) return error.message;
    throw error;
  }
}
