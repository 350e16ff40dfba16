import { visible } from '../errors/visible.ts';
import type { VolumeListResult } from '../schema/operations/volume-list.ts';
import { elapsed } from './elapsed.ts';
import { table } from './table.ts';

interface VolumesForm {
  /** Milliseconds since 1970. */
  now: number;
  /** Whole names of those that sc has named. */
  isWhole: boolean;
}

/** A line for each volume, with who mounts it. */
export function describeVolumes(
  { volumes, broken }: VolumeListResult,
  { now, isWhole }: VolumesForm,
): string {
  const rows = volumes.map(({ name, anonymous, createdAt, containers }) => [
    anonymous && !isWhole ? name.slice(0, 12) : name,
    anonymous ? 'no name' : 'named',
    `${elapsed(createdAt, now)} ago`,
    visible(containers.join(' ')),
  ]);
  const lost = broken.map(({ reference, error }) => [visible(reference), `broken (${error.code})`]);
  return [
    table([['NAME', 'KIND', 'CREATED', 'CONTAINERS'], ...rows, ...lost]),
    ...broken.map(({ error }) => visible(error.message)),
  ].join('\n');
}
