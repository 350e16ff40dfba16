import { problemAt, type SourceDocument } from '../document/source-document.ts';
import { ScError } from '../errors/error.ts';
import type { Problem } from '../errors/problem.ts';
import type { Entry } from '../image/content/entries.ts';
import type { Image } from '../image/content/image.ts';
import { nameOrNothing } from '../image/format/name.ts';
import { fits, hostPlatform, platformWords } from '../image/format/platform.ts';
import {
  type DocumentImage,
  exposedPorts,
  faultsOfConfig,
  type ImageFacts,
  programOf,
} from '../plan/image-facts.ts';
import { type ImageReference, parseImageReference } from '../plan/image-reference.ts';
import { isRunnable, type Runnable } from '../plan/runnable.ts';
import type { Part } from '../plan/steps.ts';
import type { ImagesOfDocuments, Looking } from './image-documents.ts';
import type { Workplace } from './workplace.ts';

/** Images that documents name, and that are not there or cannot be used. All of them are told at once. */
export class UnfitImagesError extends ScError {
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[], [first, ...others]: readonly ScError[]) {
    const count = `${problems.length} image${problems.length === 1 ? '' : 's'}`;
    const isOne = others.length === 0 && first?.hint !== undefined;
    super(first?.code ?? 'SC_NOT_FOUND', `${file}: ${count} that cannot be used`, {
      ...(isOne && { hint: first.hint }),
    });
    this.name = 'UnfitImagesError';
    this.problems = problems;
  }
}

/** What is known of images. */
interface KnownImages {
  /** Of those that documents name, by the references as they stand there. */
  images: ReadonlyMap<string, ImageFacts>;
  /** Of those that documents are, by the names of these. */
  imageDocuments: ReadonlyMap<string, DocumentImage>;
}

/**
 * What is known of the images that documents are or name: a name is that of a document where it stands for one. Throws
 * UnfitImagesError where one is not there, or no container can be made of it as its document says.
 */
export async function imagesOf(
  place: Workplace,
  documents: readonly Part[],
  looking: Looking,
): Promise<KnownImages> {
  const { directory, keeps } = looking;
  const known = new Map<string, ImageFacts>();
  const problems: Problem[] = [];
  const errors: ScError[] = [];
  const { images, contents, faults } = await lookAtDocuments(place, documents, looking);
  for (const { document, path, error } of faults) {
    errors.push(error);
    problems.push(problemAt(document, path, error.message));
  }
  for (const document of documents) {
    const { value } = document;
    const reference = isRunnable(value) ? parseImageReference(value.image, directory) : undefined;
    if (!isRunnable(value) || reference === undefined || isOfHost(reference) || document.isLate) continue;
    try {
      const name =
        reference.kind === 'name' ? await nameOfDocument(place, reference.name, contents) : undefined;
      const content = name === undefined ? undefined : contents.get(name);
      // What is wrong with it has been said at its document.
      if (name !== undefined && content === undefined) continue;
      const find = () =>
        content === undefined ? findImage(place, reference, keeps) : fitting(content, value.image);
      const facts = known.get(value.image) ?? factsOf(await find(), value.image);
      known.set(value.image, facts);
      refuseWithoutProgram(value, facts);
    } catch (error) {
      if (!(error instanceof ScError)) throw error;
      errors.push(error);
      problems.push(problemAt(document, 'image', error.message));
    }
  }
  if (errors.length > 0) throw new UnfitImagesError(documents[0]?.file ?? '', problems, errors);
  return { images: known, imageDocuments: images };
}

/** Loaded only by who needs it. */
async function lookAtDocuments(
  place: Workplace,
  documents: readonly SourceDocument[],
  looking: Looking,
): Promise<ImagesOfDocuments> {
  const hasImages = documents.some(({ value }) => value.kind === 'Image');
  if (!hasImages) return { images: new Map(), contents: new Map(), faults: [] };
  const { imagesOfDocuments } = await import('./image-documents.ts');
  return imagesOfDocuments(place, documents, looking);
}

/**
 * The full name of the document that a reference stands for, if it stands for one once the store has all of them: the
 * end of a name is a reference too, and would lead to what the store has under that name until then.
 */
async function nameOfDocument(
  place: Workplace,
  reference: string,
  contents: ImagesOfDocuments['contents'],
): Promise<string | undefined> {
  if (contents.size === 0) return undefined;
  const whole = nameOrNothing(reference);
  if (whole !== undefined && contents.has(whole)) return whole;
  const images = await place.images();
  const { identify, isNamedBy } = await import('../image/content/reference.ts');
  const unfit = [...contents].find(([name, image]) => image === undefined && isNamedBy(reference, name));
  if (unfit !== undefined) return unfit[0];
  const made = [...contents].flatMap(([name, image]) => (image === undefined ? [] : [{ name, image }]));
  const entries = [
    ...made.map(({ name, image }) => ({ name, target: image.descriptor })),
    ...images.entries().filter(({ name }) => name === undefined || !contents.has(name)),
  ];
  const idsOf = ({ target }: Entry) => {
    const own = made.find(({ image }) => image.descriptor.digest === target.digest);
    return own === undefined ? images.idsOf({ target }) : [own.image.id];
  };
  const { name } = identify(entries, reference, idsOf);
  return name !== undefined && contents.has(name) ? name : undefined;
}

/** Of a document, as the store answers it. */
function fitting(image: Image, name: string): Image {
  const platform = hostPlatform();
  if (fits(image.config, platform)) return image;
  throw new ScError(
    'SC_UNSUPPORTED',
    `image "${name}" is not for ${platformWords(platform)}: it is for ${platformWords(image.config)}`,
  );
}

type OfStore = Exclude<ImageReference, { kind: 'host' | 'directory' }>;

function isOfHost(reference: ImageReference): reference is Exclude<ImageReference, OfStore> {
  return reference.kind === 'host' || reference.kind === 'directory';
}

async function findImage(place: Workplace, reference: OfStore, keeps: boolean): Promise<Image> {
  if (reference.kind === 'name') return (await place.images()).find(reference.name).image;
  const { lookAtReference, takeReference } = await import('./image/take-reference.ts');
  return keeps ? takeReference(place, reference) : lookAtReference(reference);
}

function factsOf({ id, config, layers }: Image, name: string): ImageFacts {
  const said = config.config ?? {};
  const faults = faultsOfConfig(said);
  const words = `use image "${name}"`;
  if (faults.length > 0)
    throw new ScError(
      'SC_BAD_IMAGE',
      `${words}: its config says ${faults.join(', ')}, which no container has`,
      { hint: 'another image: `sc image inspect` shows its config, which only who makes it can mend' },
    );
  const top = layers.at(-1)?.chainId.replace(/^sha256:/, '');
  if (top === undefined) throw new ScError('SC_BAD_IMAGE', `${words}: it has no layers, and so no files`);
  const exposes = exposedPorts(said);
  const source = { kind: 'image', name, id, layers: top, ...(exposes.length > 0 && { exposes }) } as const;
  return { source, config: said };
}

function refuseWithoutProgram({ image, process = {} }: Runnable, { config }: ImageFacts): void {
  if (programOf(process, config).length > 0) return;
  throw new ScError('SC_BAD_FILE', `image "${image}" has no program of its own`, {
    hint: 'say which program to run: process.args, or behind the image on the command line',
  });
}
