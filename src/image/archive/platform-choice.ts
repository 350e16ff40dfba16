import { ScError } from '../../errors/error.ts';
import type { Descriptor, Platform } from '../../schema/image/descriptor.ts';
import { type Documents, type Image, manifestsOf, readImage } from '../content/image.ts';
import { fits, hostPlatform, isUsual, platformWords } from '../format/platform.ts';

/**
 * Of what one name stands for, the image for a platform; what a config says counts, and not what is said of it. Throws
 * SC_UNSUPPORTED where there is none, with those that there are.
 */
export function chooseImage(
  documents: Documents,
  candidates: readonly Descriptor[],
  what: string,
  platform: Platform = hostPlatform(),
): Image {
  const manifests = candidates
    .flatMap((candidate) => manifestsOf(documents, candidate))
    .sort((left, right) => rank(left) - rank(right));
  const others = new Set<string>();
  const saidToBeOthers: Descriptor[] = [];
  for (const manifest of manifests) {
    // An attestation says that it is for `unknown`; no other image of the list has to be read first.
    if (manifest.platform != null && !fits(manifest.platform, platform)) {
      others.add(platformWords(manifest.platform));
      saidToBeOthers.push(manifest);
      continue;
    }
    const image = readImage(documents, manifest);
    if (fits(image.config, platform)) return image;
    others.add(platformWords(image.config));
  }
  for (const manifest of saidToBeOthers) {
    const image = imageThere(documents, manifest);
    if (image !== undefined && fits(image.config, platform)) return image;
  }
  const known = [...others].filter((words) => !words.startsWith('unknown')).sort();
  throw new ScError(
    'SC_UNSUPPORTED',
    `${what} is not for ${platformWords(platform)}: it is for ${known.join(', ') || 'no platform at all'}`,
    { hint: 'name the platform that is wanted: --platform OS/ARCHITECTURE' },
  );
}

/** An image for another machine need not be there as a whole, nor be one that anybody here could read. */
function imageThere(documents: Documents, manifest: Descriptor): Image | undefined {
  try {
    return readImage(documents, manifest);
  } catch (error) {
    if (error instanceof ScError) return undefined;
    throw error;
  }
}

/** Where no variant is asked for, an image for all of them goes before one for newer processors. */
function rank({ platform }: Descriptor): number {
  return platform === undefined || isUsual(platform) ? 0 : 1;
}
