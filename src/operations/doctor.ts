import { openBackend } from '../backend/registry.ts';
import { ScError } from '../errors/error.ts';
import { type HostFacts, probeHost } from '../linux/host-facts.ts';
import type { Check, Diagnosis } from '../schema/answer.ts';
import { checkRoot } from '../state/root.ts';
import { confinementChecks } from './host-checks/confinement.ts';
import { cgroupChecks } from './host-checks/control-groups.ts';
import { kernelChecks } from './host-checks/kernel.ts';
import { rightChecks } from './host-checks/rights.ts';
import { type Places, storageChecks } from './host-checks/storage.ts';
import type { Settings } from './settings.ts';

/** What this host can and cannot do, and how to mend it. What it tries leaves no trace. */
export async function diagnose({ root, backend }: Settings): Promise<Diagnosis> {
  const facts = probeHost(root);
  const { ownersObstacle } = await openBackend(backend, root);
  const places = {
    fault: faultOf(root),
    owners: ownersObstacle?.([facts.filesystem.path], []),
    hostOwners: ownersObstacle?.(['/'], []),
  };
  const checks = judge(facts, places);
  return { fit: checks.every(({ status }) => status !== 'fail'), checks };
}

/** Pure: the facts in, a verdict on each out. */
export function judge(facts: HostFacts, { fault, owners, hostOwners }: Places = {}): Check[] {
  // An obstacle that names no place is one everywhere: that there can be no user namespace at all.
  const isPlace = owners?.includes(`"${facts.filesystem.path}"`) ?? true;
  const places = isPlace ? { fault, owners, hostOwners } : { fault };
  return [
    ...kernelChecks(facts),
    ...rightChecks(facts, isPlace ? undefined : owners),
    ...cgroupChecks(facts),
    ...storageChecks(facts, places),
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
