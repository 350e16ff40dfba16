import type { VolumeCreateRequest } from '../../schema/operations/volume-create.ts';
import type { VolumeListRequest } from '../../schema/operations/volume-list.ts';
import { labels, usage } from '../command-line-values.ts';

interface CreateFlags {
  label?: string[] | undefined;
  owner?: string | undefined;
  mode?: string | undefined;
}

/** What `sc volume create` asks for. Throws SC_USAGE. */
export function volumeCreation(
  name: string | undefined,
  { label, owner, mode }: CreateFlags,
): VolumeCreateRequest {
  if (mode !== undefined && !/^[0-7]{3,4}$/.test(mode))
    throw usage('--mode', mode, 'three or four octal digits');
  return {
    ...(name !== undefined && { name }),
    ...(label !== undefined && { labels: labels(label) }),
    ...(owner !== undefined && { owner }),
    ...(mode !== undefined && { mode }),
  };
}

/** `name=`, `label=` and `dangling=`, as docker has them. Throws SC_USAGE. */
export function volumeFilters(filters: readonly string[]): VolumeListRequest {
  const read: VolumeListRequest = {};
  for (const filter of filters) {
    const [, key, value = ''] = /^(\w+)=(.+)$/s.exec(filter) ?? [];
    if (key === 'name') read.names = [...(read.names ?? []), value];
    else if (key === 'label') read.labels = [...(read.labels ?? []), value];
    else if (key === 'dangling' && (value === 'true' || value === 'false')) read.dangling = value === 'true';
    else throw usage('--filter', filter, 'name=PART, label=KEY[=VALUE], dangling=true or dangling=false');
  }
  return read;
}
