import { entriesOf, type Loaded } from '../../image/archive/loaded.ts';
import type { Image } from '../../image/content/image.ts';
import type { Intake } from '../../image/content/intake.ts';
import { verifyLayer } from '../../image/content/layer.ts';
import type { ContentStore } from '../../image/content/store.ts';
import { hexOf } from '../../image/format/digest.ts';
import { fits, hostPlatform, platformWords } from '../../image/format/platform.ts';
import type { LoadedImages } from '../../schema/operations/image-many.ts';
import type { Layered } from '../../storage/driver.ts';
import { finishAbandoned } from '../recover.ts';
import type { Workplace } from '../workplace.ts';
import type { Progress } from './progress.ts';
import { provideLayers } from './provide-layers.ts';

/**
 * Takes images into the store. Layers for this machine are unpacked before anybody sees the images, so that a bad one
 * leaves nothing; those for other machines are kept as they are.
 */
export async function takeIn(
  place: Workplace,
  bring: (intake: Intake) => Promise<Loaded[]>,
  progress?: Progress,
): Promise<Loaded[]> {
  const images = await place.images();
  // What the dead have left takes room that may be missing.
  await finishAbandoned(place);
  const { loaded } = await images.write(async (intake) => {
    const loaded = await bring(intake);
    const storage = await place.layered();
    for (const image of loaded.flatMap(({ images }) => images)) {
      if (!fits(image.config, hostPlatform())) continue;
      await verifyUnpacked(storage, image, { known: images, intake });
      await provideLayers(storage, image, intake, {
        read: ({ digest, size }, bytes) =>
          progress?.show(`unpack ${digest.slice('sha256:'.length, 19)}`, bytes, size),
      });
    }
    return { loaded, entries: entriesOf(loaded) };
  });
  return loaded;
}

/** What is told of them. */
export function loadedImages(loaded: readonly Loaded[]): LoadedImages {
  return {
    images: loaded.flatMap(({ names, images }) =>
      images.map(({ id, config }) => ({
        id,
        names: [...names],
        platform: platformWords(config),
        unpacked: fits(config, hostPlatform()),
      })),
    ),
  };
}

/** One that is unpacked already would not be read: a blob that nobody has seen may say to be that layer, and be another. */
async function verifyUnpacked(
  storage: Layered,
  { layers }: Image,
  { known, intake }: { known: ContentStore; intake: Intake },
): Promise<void> {
  for (const layer of layers)
    if (storage.hasLayer(hexOf(layer.chainId)) && !known.has(layer.blob)) await verifyLayer(intake, layer);
}
