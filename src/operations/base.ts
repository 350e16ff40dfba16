import type { ContainerSpec } from '../schema/container-spec.ts';
import type { Base } from '../storage/driver.ts';

/** What the root filesystem of a container of an image stands on. */
export function baseOf(image: ContainerSpec['image']): Base {
  return image.kind === 'image' ? { kind: 'layers', key: image.layers } : image;
}
