import { ScError } from '../../errors/error.ts';
import type { Loaded } from '../../image/archive/loaded.ts';
import type { Image } from '../../image/content/image.ts';
import type { Intake } from '../../image/content/intake.ts';
import type { ImageReference } from '../../plan/image-reference.ts';
import type { Workplace } from '../workplace.ts';
import { bringImages } from './load.ts';
import { lookAt } from './look.ts';
import { namingSource, openPath } from './source.ts';
import { takeIn } from './take-in.ts';

export type OutsideReference = Extract<ImageReference, { kind: 'layout' | 'archive' }>;

/**
 * Takes the image of an OCI image layout or an archive into the store, without a name: it stays until nothing stands on
 * it and it is pruned. Throws what loading it throws, and SC_USAGE where there are several.
 */
export async function takeReference(place: Workplace, reference: OutsideReference): Promise<Image> {
  const [loaded] = await namingSource(named(reference), () =>
    takeIn(place, (intake) => bring(reference, intake)),
  );
  return imageIn(loaded, reference);
}

/** The same image, of which nothing is kept. */
export async function lookAtReference(reference: OutsideReference): Promise<Image> {
  const [loaded] = await namingSource(named(reference), () => lookAt((intake) => bring(reference, intake)));
  return imageIn(loaded, reference);
}

const named = ({ path }: OutsideReference) => ({ words: `use the image in "${path}"`, text: path });

async function bring(reference: OutsideReference, intake: Intake): Promise<Loaded[]> {
  const { path } = reference;
  const source =
    reference.kind === 'layout' ? ({ kind: 'directory', path } as const) : openPath(path, 'load an image');
  const wanted = reference.kind === 'layout' ? reference.tag : undefined;
  const options = { ignoreNames: true, ...(wanted !== undefined && { reference: wanted }) };
  const loaded = await bringImages(source, intake, options);
  if (loaded.length !== 1) throw several(reference, loaded);
  return loaded.map((image) => ({ ...image, names: [] }));
}

function several({ kind, path }: OutsideReference, loaded: readonly Loaded[]): ScError {
  const names = loaded.flatMap((image) => image.names).join(', ');
  return new ScError('SC_USAGE', `use the image in "${path}": there are ${loaded.length}: ${names}`, {
    hint:
      kind === 'layout' ? `oci:${path}:NAME` : `sc image load --reference NAME ${path}, and then image: NAME`,
  });
}

function imageIn(loaded: Loaded | undefined, { path }: OutsideReference): Image {
  const image = loaded?.images[0];
  if (image === undefined) throw new ScError('SC_INTERNAL', `use the image in "${path}": it has gone`);
  return image;
}
