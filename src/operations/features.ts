import { operationsOf } from '../backend/operations.ts';
import { featuresOf, isInstalled } from '../backend/registry.ts';
import { undeclared } from '../plan/honoured.ts';
import { fieldPaths } from '../schema/field-paths.ts';
import type { FeaturesResult } from '../schema/operations/features.ts';
import { seekBackend } from './named.ts';
import type { Settings } from './settings.ts';
import { openWorkplace } from './workplace.ts';

/**
 * What a backend declares, what can be done with its containers, and what of it this host does not have. Of one that is
 * not installed the host is not asked. Throws SC_USAGE for an unknown name.
 */
export async function features(settings: Settings): Promise<FeaturesResult> {
  await seekBackend(settings.backend, settings.root);
  const { backend, fields } = await featuresOf(settings.backend);
  const installed = isInstalled(backend);
  const opened = await (await openWorkplace(settings)).backend();
  if (installed) await opened.lookAtProgram?.();
  const lacking = installed ? (opened.lacking?.() ?? []) : [];
  return {
    backend,
    installed,
    fields: Object.fromEntries(fieldPaths.map((path) => [path, fields[path] ?? undeclared])),
    operations: operationsOf(opened),
    lacking: lacking.map(({ path, reason }) => ({ path, reason })),
  };
}
