import { closeSync } from 'node:fs';
import { naming } from '../../errors/reason.ts';
import { decompress } from '../../image/compression/decompress.ts';
import { packTree } from '../../image/layer/pack.ts';
import { unpackLayer } from '../../image/layer/unpack.ts';
import { openRoot } from '../../linux/directory.ts';
import type { VolumeImportRequest, VolumeImportResult } from '../../schema/operations/volume-import.ts';
import type { Caller } from '../caller.ts';
import { openSource, type Source } from '../image/source.ts';
import { finishAbandoned } from '../recover.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';

/**
 * Makes a volume of a tar, compressed or not, or of what is in a directory; it is there when all of it is on the disk.
 * Throws SC_EXISTS, SC_NOT_FOUND, SC_USAGE, SC_BAD_IMAGE for what is no tar, and SC_STORAGE_FAILED.
 */
export async function importVolume(
  { source, name, labels = {} }: VolumeImportRequest,
  settings: Settings,
  caller: Caller,
): Promise<VolumeImportResult> {
  const opened = openSource(source, `import volume "${name}"`, caller);
  const place = await openWorkplace(settings);
  await finishAbandoned(place, caller);
  const volumes = await place.volumes();
  await naming(`import volume "${name}"`, () =>
    volumes.create({ name, anonymous: false, labels }, async (data) => {
      await unpackLayer(tarOf(opened), { directory: data, form: 'merged', lower: [] });
    }),
  );
  await place.store.tell({ type: 'volumeCreated', volume: name });
  return { name, path: volumes.data(name) };
}

async function* tarOf(source: Source): AsyncGenerator<Buffer> {
  if (source.kind === 'bytes') return yield* decompress(source.chunks);
  const directory = openRoot(source.path);
  try {
    yield* packTree(directory);
  } finally {
    closeSync(directory);
  }
}
