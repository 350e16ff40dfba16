import { randomUUID } from 'node:crypto';
import { closeSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { compress } from '../../image/compression/compress.ts';
import { hexOf } from '../../image/format/digest.ts';
import { packMerged } from '../../image/layer/pack-merged.ts';
import { openUncovered } from '../../linux/uncovered.ts';
import type { ContainerState } from '../../schema/container-state.ts';
import type { ImageExportRequest, ImageExportResult } from '../../schema/operations/image-export.ts';
import type { Rootfs } from '../../storage/driver.ts';
import { baseOf } from '../base.ts';
import type { Caller } from '../caller.ts';
import { finishAbandoned } from '../recover.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace, type Workplace } from '../workplace.ts';
import { writeOutput } from './output.ts';
import { provideLayers } from './provide-layers.ts';

/**
 * Writes the root filesystem of a container, with what it has written, or of an image into one flat tar. Of a container
 * that runs it is what is there while it is read. Throws SC_NOT_FOUND, SC_UNSUPPORTED for a view of the host, and
 * SC_STORAGE_FAILED.
 */
export async function exportRootFilesystem(
  { from, output, compress: compression = 'none' }: ImageExportRequest,
  settings: Settings,
  caller: Caller,
): Promise<ImageExportResult> {
  const place = await openWorkplace(settings);
  await finishAbandoned(place);
  const write = (rootfs: Rootfs) => {
    const tar = flatTar(rootfs, from);
    const chunks = compression === 'none' ? tar : compress(tar, compression);
    return writeOutput(output, chunks, `export "${from}"`, caller);
  };
  const container = await containerCalled(place, from);
  if (container === undefined) return withImage(place, from, write);
  const { id, storageDriver, spec } = container;
  const storage = await place.storage(storageDriver);
  return write(await storage.open(id, baseOf(spec.image)));
}

async function* flatTar({ mounts }: Rootfs, from: string): AsyncGenerator<Buffer> {
  const [root, ...others] = mounts;
  if (root === undefined || others.length > 0)
    throw new ScError('SC_UNSUPPORTED', `export "${from}": it is a view of this machine, and not an image`);
  const directories: number[] = [];
  try {
    const paths = root.type === 'overlay' ? [root.upper, ...root.lower] : [root.source];
    for (const path of paths) directories.push(openUncovered(path));
    yield* packMerged(directories);
  } finally {
    for (const directory of directories) closeSync(directory);
  }
}

/** Undefined where no container is called so; one whose record is broken is an error. */
async function containerCalled(place: Workplace, reference: string): Promise<ContainerState | undefined> {
  try {
    return await place.store.find(reference);
  } catch (error) {
    if (error instanceof ScError && error.code === 'SC_NOT_FOUND') return undefined;
    throw error;
  }
}

/** A snapshot of its own keeps the layers there meanwhile; as its name is that of no container, it is removed again. */
async function withImage<Result>(
  place: Workplace,
  reference: string,
  action: (rootfs: Rootfs) => Promise<Result>,
): Promise<Result> {
  const images = await place.images();
  const storage = await place.layered();
  const key = `export-${randomUUID()}`;
  try {
    const rootfs = await images.hold(async () => {
      const { image } = images.find(reference);
      const top = image.layers.at(-1);
      if (top === undefined)
        throw new ScError('SC_BAD_IMAGE', `export "${reference}": it has no layers, and so no files`);
      await provideLayers(storage, image, images);
      return storage.prepare(key, { kind: 'layers', key: hexOf(top.chainId) });
    });
    return await action(rootfs);
  } finally {
    await storage.remove(key);
  }
}
