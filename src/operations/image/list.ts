import { ScError } from '../../errors/error.ts';
import { faultOf } from '../../errors/fault.ts';
import type { Entry } from '../../image/content/entries.ts';
import { blobsOf, documentsOf, type Image } from '../../image/content/image.ts';
import type { ContentStore } from '../../image/content/store.ts';
import { isIndexType } from '../../image/format/media-types.ts';
import { fits, hostPlatform, platformWords } from '../../image/format/platform.ts';
import type {
  BrokenImage,
  ImageListRequest,
  ImageListResult,
  ListedImage,
} from '../../schema/operations/image-list.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';
import { nameFits } from './name-pattern.ts';
import { type ImageUsers, imageUsers } from './users.ts';

/** The images of the store, as far as they are wanted. What cannot be read is always told. */
export async function listImages(request: ImageListRequest, settings: Settings): Promise<ImageListResult> {
  const place = await openWorkplace(settings);
  const store = await place.images();
  const users = imageUsers(await place.store.list());
  const images: ListedImage[] = [];
  const broken: BrokenImage[] = [];
  const bounds = {
    before: request.before === undefined ? undefined : creationOf(store.find(request.before).image),
    since: request.since === undefined ? undefined : creationOf(store.find(request.since).image),
  };
  for (const entry of store.entries()) {
    try {
      const all = store.images(entry);
      const image = all.find(({ config }) => fits(config, hostPlatform())) ?? all[0];
      if (image === undefined || !isWanted(entry, image, request, bounds)) continue;
      images.push(describe(store, entry, image, all, users));
    } catch (error) {
      if (!(error instanceof ScError)) throw error;
      broken.push({ ...named(entry), digest: entry.target.digest, error: faultOf(error) });
    }
  }
  images.sort((left, right) => creation(right.createdAt) - creation(left.createdAt));
  return { images, broken };
}

/** Bytes of all that a target needs, as it is kept. */
export function storedSize(store: ContentStore, target: Entry['target']): number {
  const blobs = documentsOf(store, target).flatMap((document) =>
    isIndexType(document.mediaType) ? [document] : blobsOf(store, document),
  );
  const sizes = new Map(blobs.map(({ digest, size }) => [digest, size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

function describe(
  store: ContentStore,
  entry: Entry,
  image: Image,
  all: readonly Image[],
  users: ImageUsers,
): ListedImage {
  const { created } = image.config;
  return {
    id: image.id,
    digest: entry.target.digest,
    ...named(entry),
    platforms: all.map(({ config }) => platformWords(config)),
    ...(created != null && Number.isFinite(Date.parse(created)) && { createdAt: created }),
    size: storedSize(store, entry.target),
    layers: image.layers.length,
    containers: all.flatMap(({ id }) => users.get(id) ?? []),
  };
}

function isWanted(
  { name }: Entry,
  image: Image,
  { references, dangling, labels }: ImageListRequest,
  { before, since }: { before: number | undefined; since: number | undefined },
): boolean {
  const created = creationOf(image);
  return (
    (references === undefined || (name !== undefined && references.some((one) => nameFits(name, one)))) &&
    (dangling === undefined || dangling === (name === undefined)) &&
    (labels ?? []).every((label) => hasLabel(image.config.config?.Labels ?? {}, label)) &&
    (before === undefined || created < before) &&
    (since === undefined || created > since)
  );
}

function hasLabel(labels: { readonly [key: string]: unknown }, wanted: string): boolean {
  const [key = ''] = wanted.split('=', 1);
  if (!Object.hasOwn(labels, key)) return false;
  return key === wanted || labels[key] === wanted.slice(key.length + 1);
}

function creationOf({ config }: Image): number {
  return creation(config.created ?? undefined);
}

/** Milliseconds since 1970; what says nothing is the oldest. */
function creation(time: string | undefined): number {
  const parsed = Date.parse(time ?? '');
  return Number.isFinite(parsed) ? parsed : 0;
}

function named({ name }: Entry): { name?: string } {
  return name === undefined ? {} : { name };
}
