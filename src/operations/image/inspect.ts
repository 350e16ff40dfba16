import { hexOf } from '../../image/format/digest.ts';
import { parsePlatform, platformWords } from '../../image/format/platform.ts';
import type {
  ImageInspectRequest,
  ImageInspectResult,
  InspectedLayer,
} from '../../schema/operations/image-inspect.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';
import { storedSize } from './list.ts';
import { imageUsers } from './users.ts';

/** All that is known of an image. Throws SC_NOT_FOUND, SC_AMBIGUOUS, SC_BAD_IMAGE and SC_UNSUPPORTED. */
export async function inspectImage(
  { image: reference, platform }: ImageInspectRequest,
  settings: Settings,
): Promise<ImageInspectResult> {
  const place = await openWorkplace(settings);
  const store = await place.images();
  const { image } = store.find(reference, ...(platform === undefined ? [] : [parsePlatform(platform)]));
  const storage = await place.layered();
  const layers: InspectedLayer[] = [];
  for (const { blob, diffId, chainId } of image.layers) {
    const key = hexOf(chainId);
    const unpacked = storage.hasLayer(key) ? (await storage.usage({ layer: key })).bytes : undefined;
    const { digest, mediaType, size } = blob;
    layers.push({ digest, diffId, mediaType, size, ...(unpacked !== undefined && { unpacked }) });
  }
  return {
    id: image.id,
    digest: image.descriptor.digest,
    names: store
      .entries()
      .flatMap((entry) => (store.idsOf(entry).includes(image.id) ? (entry.name ?? []) : [])),
    platform: platformWords(image.config),
    size: storedSize(store, image.descriptor),
    layers,
    containers: imageUsers(await place.store.list()).get(image.id) ?? [],
    config: image.config,
  };
}
