import { ScError } from '../../errors/error.ts';
import { during } from '../../errors/reason.ts';
import type { Descriptor, Platform } from '../../schema/image/descriptor.ts';
import { fullName } from '../format/name.ts';
import { fits, hostPlatform, platformWords } from '../format/platform.ts';
import { type BlobReference, Blobs } from './blobs.ts';
import {
  type Entry,
  entriesOf,
  type NameSource,
  readStoredIndex,
  withEntry,
  withoutName,
} from './entries.ts';
import { type Collected, type Collection, collect } from './garbage.ts';
import { type Documents, type Image, idOf, manifestsOf, readImage } from './image.ts';
import { Intake } from './intake.ts';
import { ContentLayout } from './layout.ts';
import { identify } from './reference.ts';

/** Milliseconds that somebody waits who removes blobs while others write some. */
const PATIENCE = 10_000;

/** An image that the store has under a name, or without one. */
interface Named {
  name: string | undefined;
  image: Image;
}

export type Admission = Pick<Entry, 'name' | 'target'>;

/**
 * Images by their names, and blobs by their digests, below `directory`, which is made with the first of them. Readers
 * of names take no lock: the index is replaced as a whole.
 */
export class ContentStore implements Documents {
  readonly #layout: ContentLayout;
  readonly #blobs: Blobs;

  constructor(directory: string) {
    this.#layout = new ContentLayout(directory);
    this.#blobs = new Blobs((digest) => this.#layout.blob(digest));
  }

  get directory(): string {
    return this.#layout.directory;
  }

  /**
   * Takes images in. What `action` puts becomes visible with the entries that it answers, all at once and so that it
   * outlives a loss of power, or, where anything fails, never. Blobs that are there stay there meanwhile.
   */
  async write<Result extends { entries: readonly Admission[] }>(
    action: (intake: Intake) => Result | Promise<Result>,
  ): Promise<Result> {
    return this.#during('write into', async () => {
      const { holdBlobs, withFreeBlobs, withIndex } = await locks();
      this.#layout.make();
      withFreeBlobs(this.#layout, () => this.#layout.clearIncoming());
      return holdBlobs(this.#layout, async () => {
        const intake = new Intake(this.#layout);
        try {
          const result = await action(intake);
          const entries = result.entries.map(({ name, target }) => ({
            name: name && fullName(name),
            target,
          }));
          await withIndex(this.#layout, () => intake.admit(entries));
          return result;
        } finally {
          intake.clear();
        }
      });
    });
  }

  /**
   * Runs an action during which no blob is removed. In it no garbage can be collected, and nothing should be written,
   * for which it might wait until a collector gives up that waits for it.
   */
  async hold<Result>(action: () => Result | Promise<Result>): Promise<Result> {
    if (!this.#layout.exists()) return action();
    const { holdBlobs } = await locks();
    return holdBlobs(this.#layout, action);
  }

  /** All entries, those without a name too, in the order in which they came. Throws SC_STATE_CORRUPT. */
  entries(): Entry[] {
    return entriesOf(readStoredIndex(this.#layout.index));
  }

  /** The entry that a name, an ID or a part of one of them stands for. Throws SC_NOT_FOUND and SC_AMBIGUOUS. */
  identify(reference: string): Entry {
    return identify(this.entries(), reference, (entry) => this.idsOf(entry));
  }

  /**
   * The image that a reference stands for, of an entry for several platforms that for `platform`. Throws SC_NOT_FOUND,
   * SC_AMBIGUOUS, SC_BAD_IMAGE, and SC_UNSUPPORTED where it has none for the platform.
   */
  find(reference: string, platform: Platform = hostPlatform()): Named {
    const entry = this.identify(reference);
    const images = this.#imagesNow(entry, reference);
    const image = images.find(({ config }) => fits(config, platform));
    if (image !== undefined) return { name: entry.name, image };
    const others = images.map(({ config }) => platformWords(config)).join(', ');
    throw new ScError(
      'SC_UNSUPPORTED',
      `image "${reference}" is not for ${platformWords(platform)}: it is for ${others === '' ? 'none that is here' : others}`,
    );
  }

  /** One that is removed while it is read is not there, rather than damaged. */
  #imagesNow(entry: Entry, reference: string): Image[] {
    try {
      return this.images(entry);
    } catch (error) {
      this.identify(reference);
      throw error;
    }
  }

  /** The images of an entry, one for each platform; parts of an index that are no images of containers are left out. */
  images({ target }: Pick<Entry, 'target'>): Image[] {
    const manifests = manifestsOf(this, target);
    if (manifests.length === 1 && manifests[0]?.digest === target.digest) return [readImage(this, target)];
    return manifests.flatMap((manifest) => {
      try {
        return [readImage(this, manifest)];
      } catch (error) {
        if (error instanceof ScError && error.code === 'SC_UNSUPPORTED') return [];
        throw error;
      }
    });
  }

  /** The IDs of the images of an entry; none of one that cannot be read. Configs are not read for them. */
  idsOf({ target }: Pick<Entry, 'target'>): string[] {
    try {
      return manifestsOf(this, target).flatMap((manifest) => idOf(this, manifest) ?? []);
    } catch (error) {
      if (error instanceof ScError) return [];
      throw error;
    }
  }

  /** Gives what a reference stands for a further name, which it takes from whoever has it. Answers the full name. */
  async tag(reference: string, name: string): Promise<string> {
    const full = fullName(name);
    this.identify(reference);
    await this.#changeIndex('tag an image in', () => {
      // Once more, as it may have been removed meanwhile.
      const { target } = this.identify(reference);
      this.#layout.writeIndex(withEntry(readStoredIndex(this.#layout.index), { name: full, target }));
    });
    return full;
  }

  /**
   * Gives what has this digest a full name, which it takes from whoever has it and is answered, and a mark beside it.
   * Throws SC_NOT_FOUND.
   */
  async assign(name: string, digest: string, { mark, file }: NameSource): Promise<Entry | undefined> {
    let earlier: Entry | undefined;
    await this.#changeIndex('name an image in', () => {
      const index = readStoredIndex(this.#layout.index);
      const entries = entriesOf(index);
      earlier = entries.find((entry) => entry.name === name);
      const target = entries.find((entry) => entry.target.digest === digest)?.target;
      if (target === undefined)
        throw new ScError('SC_NOT_FOUND', `name image ${digest} "${name}": it is not there any more`);
      this.#layout.writeIndex(withEntry(index, { name, target, mark, file }));
    });
    return earlier;
  }

  /** Takes a name away; the image stays, without one where it was the last. No effect where nobody has it. */
  async untag(name: string): Promise<void> {
    if (!this.#layout.exists()) return;
    await this.#changeIndex('untag an image in', () => {
      this.#layout.writeIndex(withoutName(readStoredIndex(this.#layout.index), name));
    });
  }

  /**
   * Removes entries and then all blobs that none refers to any more. Undefined, and nothing is removed, where others
   * write at the time and it is not to wait for them; else SC_LOCKED.
   */
  async collect(collection: Collection, { wait = true } = {}): Promise<Collected | undefined> {
    if (!this.#layout.exists()) return { entries: [], blobs: [], bytes: 0 };
    return this.#during('collect garbage in', async () => {
      const { withBlobsAlone, withIndex } = await locks();
      try {
        const both = () => withIndex(this.#layout, () => collect(this, this.#layout, collection));
        return await withBlobsAlone(this.#layout, both, { timeout: wait ? PATIENCE : 0 });
      } catch (error) {
        if (!wait && error instanceof ScError && error.code === 'SC_LOCKED') return undefined;
        throw error;
      }
    });
  }

  has(blob: BlobReference): boolean {
    return this.#blobs.has(blob);
  }

  readDocument(blob: BlobReference, what: string): Buffer {
    return this.#blobs.readDocument(blob, what);
  }

  /** The bytes of a layer or another blob, as they are kept. That they are right is known at their end. */
  chunks(blob: Pick<Descriptor, 'digest' | 'size'>, what: string): AsyncGenerator<Buffer> {
    return this.#blobs.chunks(blob, what);
  }

  #changeIndex(what: string, change: () => void): Promise<void> {
    return this.#during(what, async () => {
      const { withIndex } = await locks();
      await withIndex(this.#layout, change);
    });
  }

  #during<Result>(what: string, action: () => Promise<Result>): Promise<Result> {
    return during('SC_STORAGE_FAILED', `${what} "${this.directory}"`, action);
  }
}

/** Locks are taken through libc, whose binding takes longer to load than a list of images: only writers do. */
function locks(): Promise<typeof import('./locks.ts')> {
  return import('./locks.ts');
}
