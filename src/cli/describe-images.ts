import { visible } from '../errors/visible.ts';
import type { ImageListResult, ListedImage } from '../schema/operations/image-list.ts';
import { elapsed } from './elapsed.ts';
import { fileSize } from './quantity.ts';
import { table } from './table.ts';

interface ImagesForm {
  /** Milliseconds since 1970. */
  now: number;
  /** Whole IDs. */
  isWhole: boolean;
}

/** As `docker images` has it. */
export function describeImages({ images, broken }: ImageListResult, { now, isWhole }: ImagesForm): string {
  const rows = images.map((image) => {
    const [repository, tag] = partsOf(image.name);
    const created = image.createdAt === undefined ? '' : `${elapsed(image.createdAt, now)} ago`;
    return [repository, tag, imageIdOf(image, isWhole), created, fileSize(image.size)];
  });
  const lost = broken.map(({ name, error }) => [...partsOf(name), '', '', `broken (${error.code})`]);
  return [
    table([['REPOSITORY', 'TAG', 'IMAGE ID', 'CREATED', 'SIZE'], ...rows, ...lost]),
    ...broken.map(({ error }) => visible(error.message)),
  ].join('\n');
}

/** The IDs alone, each once, for other commands. */
export function describeImageIds({ images }: ImageListResult, { isWhole }: { isWhole: boolean }): string {
  return [...new Set(images.map((image) => imageIdOf(image, isWhole)))].join('\n');
}

function partsOf(name: string | undefined): [repository: string, tag: string] {
  if (name === undefined) return ['<none>', '<none>'];
  const colon = name.lastIndexOf(':');
  return [name.slice(0, colon), name.slice(colon + 1)];
}

function imageIdOf({ id }: Pick<ListedImage, 'id'>, isWhole: boolean): string {
  return isWhole ? id : id.slice('sha256:'.length, 'sha256:'.length + 12);
}
