import type { SourceDocument } from '../../document/source-document.ts';
import { ScError } from '../../errors/error.ts';
import { isRunnable } from '../../plan/runnable.ts';
import type { VolumeFacts } from '../../plan/volumes.ts';
import type { VolumeSpec } from '../../schema/volume-spec.ts';
import { dataOf } from '../../volume/place.ts';
import type { Workplace } from '../workplace.ts';

/** What is known of the volumes that documents name. Throws SC_STATE_CORRUPT and SC_STATE_NEWER. */
export async function volumeFacts(
  place: Workplace,
  documents: readonly SourceDocument[],
): Promise<VolumeFacts> {
  const known = new Map<string, VolumeSpec>();
  for (const name of new Set(documents.flatMap(namedVolumes))) {
    const spec = await specOf(place, name);
    if (spec !== undefined) known.set(name, spec);
  }
  return { path: (name) => dataOf(place.settings.root, name), known };
}

/** The volumes that a document makes or that its container mounts. */
export function namedVolumes({ value }: SourceDocument): string[] {
  if (value.kind === 'Volume') return [value.metadata.name];
  if (!isRunnable(value)) return [];
  return (value.mounts ?? []).flatMap(({ volume }) => (typeof volume === 'string' ? [volume] : []));
}

async function specOf(place: Workplace, name: string): Promise<VolumeSpec | undefined> {
  try {
    return (await place.volumes()).find(name).spec;
  } catch (error) {
    if (error instanceof ScError && error.code === 'SC_NOT_FOUND') return undefined;
    throw error;
  }
}
