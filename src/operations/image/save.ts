import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ScError } from '../../errors/error.ts';
import { dockerTar } from '../../image/archive/save-docker.ts';
import { layoutTar, saveLayout } from '../../image/archive/save-layout.ts';
import { compress } from '../../image/compression/compress.ts';
import type { Entry } from '../../image/content/entries.ts';
import type { Documents, Image } from '../../image/content/image.ts';
import type { BlobSource } from '../../image/content/layer.ts';
import { isNamedBy } from '../../image/content/reference.ts';
import type { ContentStore } from '../../image/content/store.ts';
import { parsePlatform } from '../../image/format/platform.ts';
import type { Descriptor, Platform } from '../../schema/image/descriptor.ts';
import type { ImageSaveRequest, ImageSaveResult } from '../../schema/operations/image-save.ts';
import { absolutePath, type Caller } from '../caller.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';
import { type Written, writeOutput } from './output.ts';
import { recompress } from './recompress.ts';

const ACTION = 'save images';

/** An image as it is chosen, with the names by which it was. */
interface Chosen {
  target: Descriptor;
  names: string[];
  /** Those for all platforms that are wanted, that for this machine or the wanted one first. */
  images: Image[];
}

/**
 * Writes images of the store into an archive or a directory. Throws SC_NOT_FOUND, SC_AMBIGUOUS, SC_EXISTS for a
 * directory with something in it, SC_BAD_IMAGE for damaged blobs, and SC_STORAGE_FAILED.
 */
export async function saveImages(
  request: ImageSaveRequest,
  settings: Settings,
  caller: Caller,
): Promise<ImageSaveResult> {
  const { format = 'oci' } = request;
  const place = await openWorkplace(settings);
  const store = await place.images();
  const save = format === 'docker' ? saveDocker : saveOci;
  return save(store, request, caller);
}

async function saveDocker(
  store: ContentStore,
  request: ImageSaveRequest,
  caller: Caller,
): Promise<ImageSaveResult> {
  const { output, compress: compression = 'none' } = request;
  if (isDirectory(output, caller))
    throw new ScError('SC_USAGE', `${ACTION} to "${output}": an archive of docker is a file`, {
      hint: 'name a file, or choose --format oci',
    });
  return store.hold(async () => {
    const chosen = choose(store, request);
    const saved = chosen.map(({ names, images: [image] }) => ({ names, image }));
    const images = saved.flatMap(({ names, image }) => (image === undefined ? [] : [{ names, image }]));
    const tar = dockerTar(store, images);
    const bytes = compression === 'none' ? tar : compress(tar, compression);
    const written = await writeOutput(output, bytes, ACTION, caller);
    return answer(
      'docker',
      written,
      images.map(({ names, image: { id } }) => ({ id, names })),
    );
  });
}

/** Layers as they are kept, so that all digests stay; or compressed anew in what nobody else sees. */
async function saveOci(
  store: ContentStore,
  request: ImageSaveRequest,
  caller: Caller,
): Promise<ImageSaveResult> {
  const { compress: compression } = request;
  if (compression === undefined)
    return store.hold(() => writeLayout(store, choose(store, request), request, caller));
  const { result } = await store.write(async (intake) => {
    const chosen: Chosen[] = [];
    for (const { names, images } of choose(store, request))
      chosen.push({ names, images, target: await recompress(intake, images, compression) });
    return { entries: [], result: await writeLayout(intake, chosen, request, caller) };
  });
  return result;
}

async function writeLayout(
  source: Documents & BlobSource,
  chosen: readonly Chosen[],
  { output }: ImageSaveRequest,
  caller: Caller,
): Promise<ImageSaveResult> {
  const images = chosen.map(({ target, names, images: [first, ...others] }) => ({
    id: first !== undefined && others.length === 0 ? first.id : target.digest,
    names,
  }));
  if (!isDirectory(output, caller))
    return answer('oci', await writeOutput(output, layoutTar(source, chosen), ACTION, caller), images);
  const path = absolutePath(output, caller);
  await saveLayout(source, chosen, path);
  return answer('oci', { path, bytes: bytesIn(path) }, images);
}

function choose(store: ContentStore, { images, platform }: ImageSaveRequest): Chosen[] {
  const wanted = platform === undefined ? undefined : parsePlatform(platform);
  const chosen = new Map<string, Chosen>();
  for (const reference of images) {
    const entry = store.identify(reference);
    const image = imageOf(store, entry, reference, wanted);
    // Who names an image by its ID gets it without a name.
    const names = entry.name !== undefined && isNamedBy(reference, entry.name) ? [entry.name] : [];
    const target = wanted === undefined ? entry.target : image.descriptor;
    const all = wanted === undefined ? store.images(entry) : [image];
    const others = all.filter(({ id }) => id !== image.id);
    const known = chosen.get(target.digest)?.names ?? [];
    chosen.set(target.digest, {
      target,
      names: [...new Set([...known, ...names])],
      images: [image, ...others],
    });
  }
  return [...chosen.values()];
}

/** That for this machine, if there is one: one for another machine alone may be saved too. */
function imageOf(store: ContentStore, entry: Entry, reference: string, wanted: Platform | undefined): Image {
  const images = store.images(entry);
  const [only, ...others] = images;
  const isOne = wanted === undefined && only !== undefined && others.length === 0;
  return isOne ? only : store.find(reference, wanted).image;
}

function isDirectory(output: string, caller: Caller): boolean {
  if (output === '-') return false;
  if (output.endsWith('/')) return true;
  const path = absolutePath(output, caller);
  return existsSync(path) && statSync(path).isDirectory();
}

function bytesIn(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

function answer(
  format: ImageSaveResult['format'],
  { path, bytes }: Written,
  images: ImageSaveResult['images'],
): ImageSaveResult {
  return { path, format, images, bytes };
}
