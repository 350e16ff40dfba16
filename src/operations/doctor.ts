import { ScError } from '../errors/error.ts';
import { errnoOf } from '../errors/reason.ts';
import { type HostFacts, probeHost } from '../linux/host-facts.ts';
import type { Check, Diagnosis } from '../schema/answer.ts';
import { checkRoot } from '../state/root.ts';
import { confinementChecks } from './host-checks/confinement.ts';
import { cgroupChecks } from './host-checks/control-groups.ts';
import { kernelChecks } from './host-checks/kernel.ts';
import { rightChecks } from './host-checks/rights.ts';
import { type Places, storageChecks } from './host-checks/storage.ts';
import { backendNamed, storageNamed } from './named.ts';
import type { Settings } from './settings.ts';

/** What this host can and cannot do, and how to mend it. What it tries leaves no trace. */
export async function diagnose({ root, backend, storageDriver }: Settings): Promise<Diagnosis> {
  const facts = probeHost(root);
  const { ownersObstacle } = await backendNamed(backend, root);
  const places = {
    fault: faultOf(root),
    owners: ownersObstacle?.([facts.filesystem.path], []),
    hostOwners: ownersObstacle?.(['/'], []),
    storageDriver,
    otherDriver: await otherDriver({ root, storageDriver }),
  };
  const checks = judge(facts, places);
  return { fit: checks.every(({ status }) => status !== 'fail'), checks };
}

/** Pure: the facts in, a verdict on each out. */
export function judge(facts: HostFacts, places: Places = {}): Check[] {
  const { owners } = places;
  // An obstacle that names no place is one everywhere: that there can be no user namespace at all.
  const isPlace = owners?.includes(`"${facts.filesystem.path}"`) ?? true;
  const seen = isPlace ? places : { ...places, owners: undefined, hostOwners: undefined };
  return [
    ...kernelChecks(facts),
    ...rightChecks(facts, isPlace ? undefined : owners),
    ...cgroupChecks(facts),
    ...storageChecks(facts, seen),
    ...confinementChecks(facts),
  ];
}

/** Throws SC_USAGE for an unknown name. */
async function otherDriver({
  root,
  storageDriver,
}: Pick<Settings, 'root' | 'storageDriver'>): Promise<string | undefined> {
  try {
    await storageNamed(storageDriver, root);
    return undefined;
  } catch (error) {
    if (error instanceof ScError && error.code === 'SC_WRONG_STATE') return error.message;
    // Whoever may not read there is told so of the state directory itself.
    if (errnoOf(error) !== undefined) return undefined;
    throw error;
  }
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
