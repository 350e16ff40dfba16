import { ScError } from '../../errors/error.ts';
import { didYouMean } from '../../errors/near-misses.ts';
import { fullName, nameOrNothing } from '../format/name.ts';
import type { LoadOptions } from './loaded.ts';

/**
 * A name that an archive gives. Others have names that are none here, as a tag alone with capitals: it is as it stands
 * there where the image gets another. Throws SC_BAD_IMAGE where it would get this one.
 */
export function wholeName(text: string, where: string, { name: other, ignoreNames }: LoadOptions): string {
  const name = nameOrNothing(text);
  if (name !== undefined) return name;
  if (other !== undefined || ignoreNames === true) return text;
  throw new ScError(
    'SC_BAD_IMAGE',
    `read ${where}: ${JSON.stringify(text.slice(0, 300))} is no name of an image`,
    { hint: 'load it under another name: --name NAME' },
  );
}

/** Images, or names of them, that are taken in at once. */
const MOST_NAMES = 1000;

/** Throws SC_BAD_IMAGE for more images than anybody keeps, or more names of them. */
export function refuseTooMany(images: readonly { names: readonly string[] }[], where: string): void {
  const entries = images.reduce((sum, { names }) => sum + Math.max(1, names.length), 0);
  if (entries <= MOST_NAMES) return;
  const words = images.length > MOST_NAMES ? 'images in it' : 'names of images in it';
  throw new ScError('SC_BAD_IMAGE', `read ${where}: there are more than ${MOST_NAMES} ${words}`);
}

/** Of several images the one that is asked for, by its name or a tag that no other has, or all. Throws SC_NOT_FOUND with the names that there are. */
export function chosenImages<Image extends { names: readonly string[] }>(
  images: readonly Image[],
  { reference }: LoadOptions,
): Image[] {
  if (reference === undefined) return [...images];
  const wanted = nameOrNothing(reference);
  const chosen = images.filter(({ names }) => names.includes(wanted ?? reference));
  if (chosen.length > 0) return chosen;
  const tagged = images.filter(({ names }) => names.some((name) => name.endsWith(`:${reference}`)));
  if (tagged.length === 1) return tagged;
  const names = images.flatMap((image) => image.names);
  throw new ScError(
    'SC_NOT_FOUND',
    `no image "${reference}" in it${didYouMean(wanted ?? reference, names)}`,
    {
      hint: names.length === 0 ? 'no image in it has a name' : `it has ${names.join(', ')}`,
    },
  );
}

/** The names that an image gets: its own, or the one that is asked for. Throws SC_USAGE for one name of several images. */
export function givenNames(own: readonly string[], images: number, { name }: LoadOptions): string[] {
  if (name === undefined) return [...own];
  if (images === 1) return [fullName(name)];
  throw new ScError('SC_USAGE', `name the image "${name}": there are ${images}`, {
    hint: 'say which of them is to be loaded',
  });
}
