import type { SourceDocument } from '../document/source-document.ts';
import { ScError } from '../errors/error.ts';
import type { Loaded } from '../image/archive/loaded.ts';
import type { Entry } from '../image/content/entries.ts';
import type { Image } from '../image/content/image.ts';
import type { ContentStore } from '../image/content/store.ts';
import { nameOrNothing, otherMeaning } from '../image/format/name.ts';
import type { DocumentImage } from '../plan/image-facts.ts';
import type * as file from '../schema/container-file.ts';
import {
  bringSource,
  type DocumentSource,
  faultOfSource,
  markOf,
  sourceOf,
} from './image/document-source.ts';
import { lookAt } from './image/look.ts';
import type { Progress } from './image/progress.ts';
import { takeIn } from './image/take-in.ts';
import type { Workplace } from './workplace.ts';

/** The images of documents, and what is wrong with others, each at its field. */
export interface ImagesOfDocuments {
  /** By the names of the documents. */
  images: Map<string, DocumentImage>;
  /** By the full names of the images; undefined for one with which something is wrong. */
  contents: Map<string, Image | undefined>;
  faults: { document: SourceDocument; path: string; error: ScError }[];
}

export interface Looking {
  /** Absolute; relative paths of the documents count from it. */
  directory: string;
  /** Whether what is not in the store yet is taken in, without a name, or only looked at. */
  keeps: boolean;
  /** Gets the digests of images of documents that were taken in, for who has to take them back. */
  taken?: string[] | undefined;
  progress?: Progress | undefined;
}

/** Looks at the sources of all Image documents that can be honoured. */
export async function imagesOfDocuments(
  place: Workplace,
  documents: readonly SourceDocument[],
  looking: Looking,
): Promise<ImagesOfDocuments> {
  const found: ImagesOfDocuments = { images: new Map(), contents: new Map(), faults: [] };
  for (const document of documents) {
    const { value } = document;
    if (value.kind !== 'Image') continue;
    const source = sourceOf(value, looking.directory);
    if (source === undefined) continue;
    const fault = (path: string, error: ScError) => found.faults.push({ document, path, error });
    const field = value.name === undefined ? 'metadata.name' : 'name';
    const name = nameOrNothing(value.name ?? value.metadata.name);
    if (name === undefined) {
      fault(field, noName(value));
      continue;
    }
    const other = otherMeaning(name);
    if (other !== undefined) {
      fault(field, new ScError('SC_BAD_FILE', `"${name}" is no name of an image: ${other}`));
      continue;
    }
    if (found.contents.has(name)) {
      fault(field, new ScError('SC_BAD_FILE', `another document makes image "${name}" too`));
      continue;
    }
    found.contents.set(name, undefined);
    const wrong = faultOfSource(source);
    if (wrong !== undefined) {
      fault(wrong.path, wrong.error);
      continue;
    }
    try {
      const { image, ...told } = await lookAtDocument(place, name, source, looking);
      found.images.set(value.metadata.name, told);
      found.contents.set(name, image);
    } catch (error) {
      if (!(error instanceof ScError)) throw error;
      fault(`source.${source.kind}`, error);
    }
  }
  return found;
}

function noName({ name, metadata }: file.Image): ScError {
  return new ScError('SC_BAD_FILE', `"${name ?? metadata.name}" is no name of an image`, {
    hint: 'small letters and digits with "/", ".", "_" and "-" between them, and a tag, in `name`: web:1.0',
  });
}

async function lookAtDocument(
  place: Workplace,
  name: string,
  source: DocumentSource,
  { keeps, taken, progress }: Looking,
): Promise<DocumentImage & { image: Image }> {
  const images = await place.images();
  const there = images.entries();
  const entry = there.find((one) => one.name === name);
  const known = entry && imageOf(images, entry);
  const earlier = entry && { digest: entry.target.digest, ...(known !== undefined && { id: known.id }) };
  const from = `${source.kind}:${source.path}`;
  const before = markOf(source);
  if (known !== undefined && before !== undefined && entry?.mark === before)
    return { name, from, id: known.id, digest: known.descriptor.digest, earlier, image: known };

  const bring: Parameters<typeof lookAt>[0] = (intake) => bringSource(source, intake, progress);
  const same = known?.descriptor.digest;
  const loaded = await (keeps ? takeUnlessThere(place, same, bring, progress) : lookAt(bring));
  const { image, digest } = imageIn(loaded, source);
  if (keeps && !there.some(({ target }) => target.digest === digest)) taken?.push(digest);
  // One that was written to while it was read is read again next time.
  const mark = before !== undefined && markOf(source) === before ? before : undefined;
  if (keeps && digest === same && mark !== undefined)
    await images.assign(name, digest, { mark, file: entry?.file });
  return { name, from, id: image.id, digest, earlier, ...(mark !== undefined && { mark }), image };
}

/**
 * Removes images that were taken in for a file that is refused. What has got a name meanwhile stays, and where they cannot
 * be removed, since others write at the time, they do until they are pruned.
 */
export async function takeBack(place: Workplace, digests: readonly string[]): Promise<void> {
  const { collectImages } = await import('./image/collect.ts');
  const isTaken = ({ name, target }: Entry) => name === undefined && digests.includes(target.digest);
  await collectImages(place, (entries) => entries.filter(isTaken)).catch((error) => {
    if (!(error instanceof ScError)) throw error;
  });
}

/** Of one that is there already, whole, nothing is written anew. */
async function takeUnlessThere(
  place: Workplace,
  there: string | undefined,
  bring: Parameters<typeof lookAt>[0],
  progress: Progress | undefined,
): Promise<Loaded[]> {
  let brought: Loaded[] = [];
  await takeIn(
    place,
    async (intake) => {
      brought = await bring(intake);
      return brought[0]?.target.digest === there ? [] : brought;
    },
    progress,
  );
  return brought;
}

/** The image that an entry is, where it can be read and is one alone. */
function imageOf(images: ContentStore, entry: Entry): Image | undefined {
  try {
    const [image] = images.images(entry);
    return image?.descriptor.digest === entry.target.digest ? image : undefined;
  } catch (error) {
    if (error instanceof ScError) return undefined;
    throw error;
  }
}

function imageIn([loaded]: readonly Loaded[], { path }: DocumentSource): { image: Image; digest: string } {
  const image = loaded?.images[0];
  if (loaded === undefined || image === undefined)
    throw new ScError('SC_INTERNAL', `use the image in "${path}": it has gone`);
  return { image, digest: loaded.target.digest };
}
