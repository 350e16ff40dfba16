import type { LoadedImage, LoadedImages } from '../schema/operations/image-many.ts';

/** What has come into the store, in docker's words. */
export function describeLoaded({ images }: LoadedImages): string {
  return images.map((image) => `Loaded image: ${nameOf(image)}${remark(image)}`).join('\n');
}

function nameOf({ id, names }: LoadedImage): string {
  return names.length === 0 ? id : names.join(', ');
}

function remark({ platform, unpacked }: LoadedImage): string {
  return unpacked ? '' : ` (for ${platform}, not unpacked)`;
}
