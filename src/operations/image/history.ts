import { parsePlatform } from '../../image/format/platform.ts';
import type {
  HistoryStep,
  ImageHistoryRequest,
  ImageHistoryResult,
} from '../../schema/operations/image-history.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';

/**
 * How an image came about, the last step first. A history that says less than there are layers is no fault of theirs:
 * they are listed without more words.
 */
export async function imageHistory(
  { image: reference, platform }: ImageHistoryRequest,
  settings: Settings,
): Promise<ImageHistoryResult> {
  const store = await (await openWorkplace(settings)).images();
  const { image } = store.find(reference, ...(platform === undefined ? [] : [parsePlatform(platform)]));
  const layers = image.layers.map(({ blob: { digest, size } }) => ({ layer: digest, size }));
  const steps = (image.config.history ?? []).map((said): HistoryStep => {
    const { created, created_by, comment, author, empty_layer } = said;
    return {
      ...(created && { createdAt: created }),
      ...(created_by && { createdBy: created_by }),
      ...(comment && { comment }),
      ...(author && { author }),
      ...((empty_layer ? undefined : layers.shift()) ?? { size: 0 }),
    };
  });
  return { id: image.id, steps: [...steps, ...layers].reverse() };
}
