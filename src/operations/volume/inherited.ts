import type { Mount } from '../../schema/container-file.ts';
import type { MountSpec } from '../../schema/container-spec.ts';
import { usage } from '../command-line-values.ts';
import type { Workplace } from '../workplace.ts';

/**
 * The volumes and binds of other containers, as the file would say them: of `CONTAINER` or `CONTAINER:ro`. What a later
 * one has at a target of an earlier one takes its place. Throws SC_NOT_FOUND, SC_AMBIGUOUS and SC_USAGE.
 */
export async function inheritedMounts(place: Workplace, texts: readonly string[]): Promise<Mount[]> {
  const mounts = new Map<string, Mount>();
  for (const text of texts) {
    const [reference = '', option = 'rw', ...rest] = text.split(':');
    if (reference === '' || rest.length > 0 || !['ro', 'rw'].includes(option))
      throw usage('--volumes-from', text, 'CONTAINER, CONTAINER:ro or CONTAINER:rw');
    const { spec } = await place.store.find(reference);
    for (const mount of spec.mounts) {
      const said = asSaid(mount);
      if (said !== undefined)
        mounts.set(mount.target, { ...said, ...(option === 'ro' && { readOnly: true }) });
    }
  }
  return [...mounts.values()];
}

/** Nothing of what is in memory: that is each container's own. */
function asSaid(mount: MountSpec): Mount | undefined {
  if (mount.type === 'tmpfs') return undefined;
  const { type, source, volume, ...same } = mount;
  if (volume === undefined) return { ...same, bind: source };
  const { ifMissing, ...others } = same;
  return { ...others, volume: volume.name, copy: volume.copy };
}
