import type { Party } from '../party.ts';
import { makeBundle } from '../start/oci-bundle.ts';
import { crunParty } from '../start/peers.ts';
import { cgroupPrefix, type Workshop } from '../start/workshop.ts';
import { parts as allParts, mappings, type Part } from './parts.ts';

/** crun with these defaults only, where it is installed. Without control groups it is told not to make any. */
export function crunWith(workshop: Workshop, name: string, parts: readonly Part[]): Party | undefined {
  const key = name.replaceAll(/\W+/g, '-');
  const kept = new Set(parts.flatMap(({ keys }) => keys));
  const left = allParts.flatMap(({ keys }) => keys).filter((key) => !kept.has(key));
  const bundle = makeBundle(workshop, `/${cgroupPrefix}-crun/${key}`, (configuration) => {
    const linux: Record<string, unknown> = {
      ...configuration.linux,
      uidMappings: mappings,
      gidMappings: mappings,
    };
    for (const key of left) delete linux[key];
    if (kept.has('uidMappings')) linux.namespaces = [...configuration.linux.namespaces, { type: 'user' }];
    return { ...configuration, linux };
  });
  const flags = kept.has('cgroupsPath') ? [] : ['--cgroup-manager', 'disabled'];
  return crunParty(workshop, name, bundle, flags);
}
