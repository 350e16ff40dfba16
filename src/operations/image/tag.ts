import type { ImageTagRequest, ImageTagResult } from '../../schema/operations/image-tag.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';

/** Gives an image a further name, which it takes from whoever has it. Throws SC_NOT_FOUND, SC_AMBIGUOUS and SC_USAGE. */
export async function tagImage(
  { image, name }: ImageTagRequest,
  settings: Settings,
): Promise<ImageTagResult> {
  const store = await (await openWorkplace(settings)).images();
  const tagged = await store.tag(image, name);
  return { tagged, digest: store.identify(tagged).target.digest };
}
