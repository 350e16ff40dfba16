import { closeSync } from 'node:fs';
import { compress } from '../../image/compression/compress.ts';
import { packTree } from '../../image/layer/pack.ts';
import { openRoot } from '../../linux/directory.ts';
import type { VolumeExportRequest, VolumeExportResult } from '../../schema/operations/volume-export.ts';
import type { Caller } from '../caller.ts';
import { writeOutput } from '../image/output.ts';
import { finishAbandoned } from '../recover.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';
import { withUsersStill } from './still.ts';

/**
 * Writes what a volume holds into a tar, while the containers that can write to it stand still. Throws SC_NOT_FOUND,
 * SC_STORAGE_FAILED, and SC_UNSUPPORTED for names that no layer can have.
 */
export async function exportVolume(
  { volume, output, compress: compression = 'none' }: VolumeExportRequest,
  settings: Settings,
  caller: Caller,
): Promise<VolumeExportResult> {
  const place = await openWorkplace(settings);
  await finishAbandoned(place, caller);
  const volumes = await place.volumes();
  volumes.find(volume);
  return withUsersStill(place, volume, () =>
    volumes.exclusively(volume, async () => {
      const data = openRoot(volumes.data(volume));
      try {
        const tar = packTree(data);
        const chunks = compression === 'none' ? tar : compress(tar, compression);
        return await writeOutput(output, chunks, `export volume "${volume}"`, caller);
      } finally {
        closeSync(data);
      }
    }),
  );
}
