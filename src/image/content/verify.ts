import { ScError } from '../../errors/error.ts';
import type { Descriptor } from '../../schema/image/descriptor.ts';
import { isManifestType } from '../format/media-types.ts';
import type { Entry } from './entries.ts';
import { blobsOf, type Documents, documentsOf, readImage } from './image.ts';
import { shortImageId } from './reference.ts';

/** A blob that is not what it should be. */
export interface Damage {
  blob: string;
  /** Names of the images that need it; of one without a name, the first digits of its digest. */
  images: string[];
  /** What is wrong with it. */
  error: ScError;
}

export interface Verification {
  /** Blobs that are needed, and the bytes of those that could be read. */
  blobs: number;
  bytes: number;
  damages: Damage[];
}

/** What is verified: documents whole, and the bytes of all blobs. */
export interface Verifiable extends Documents {
  chunks(blob: Descriptor, what: string): AsyncGenerator<Buffer>;
}

/**
 * Reads every blob that entries need, and finds those that are missing, of another size, or whose bytes have changed,
 * and images that are none. `onBytes` is told how many have been read.
 */
export async function verify(
  store: Verifiable,
  entries: readonly Entry[],
  onBytes: (bytes: number) => void = () => undefined,
): Promise<Verification> {
  const verifier = new Verifier(store);
  for (const { name, target } of entries) verifier.add(target, name ?? shortImageId(target.digest));
  return verifier.run(onBytes);
}

class Verifier {
  readonly #store: Verifiable;
  readonly #needed = new Map<string, { blob: Descriptor; images: Set<string> }>();
  readonly #damages = new Map<string, ScError>();

  constructor(store: Verifiable) {
    this.#store = store;
  }

  /** All blobs that can be found out to be needed; where a document is damaged, itself and none of those behind it. */
  add(target: Descriptor, image: string): void {
    this.#need(target, image);
    for (const document of this.#try(target, () => documentsOf(this.#store, target)) ?? []) {
      this.#need(document, image);
      if (!isManifestType(document.mediaType)) continue;
      for (const blob of this.#try(document, () => blobsOf(this.#store, document)) ?? [])
        this.#need(blob, image);
    }
  }

  async run(onBytes: (bytes: number) => void): Promise<Verification> {
    let bytes = 0;
    for (const { blob } of this.#needed.values()) {
      try {
        for await (const chunk of this.#store.chunks(blob, 'blob')) {
          bytes += chunk.length;
          onBytes(chunk.length);
        }
      } catch (error) {
        this.#damaged(blob, error);
      }
    }
    for (const { blob } of this.#needed.values()) if (isManifestType(blob.mediaType)) this.#checkImage(blob);
    const damages = [...this.#damages].map(([blob, error]) => ({
      blob,
      images: [...(this.#needed.get(blob)?.images ?? [])].sort(),
      error,
    }));
    return { blobs: this.#needed.size, bytes, damages };
  }

  /** Whether good bytes are an image; parts of an index need not be one of a container. */
  #checkImage(manifest: Descriptor): void {
    if (this.#damages.has(manifest.digest)) return;
    const [, config] = blobsOf(this.#store, manifest);
    if (config !== undefined && this.#damages.has(config.digest)) return;
    try {
      readImage(this.#store, manifest);
    } catch (error) {
      if (!(error instanceof ScError) || error.code !== 'SC_UNSUPPORTED') this.#damaged(manifest, error);
    }
  }

  #need(blob: Descriptor, image: string): void {
    const need = this.#needed.get(blob.digest) ?? { blob, images: new Set() };
    need.images.add(image);
    this.#needed.set(blob.digest, need);
  }

  #try<Result>(blob: Descriptor, action: () => Result): Result | undefined {
    try {
      return action();
    } catch (error) {
      this.#damaged(blob, error);
      return undefined;
    }
  }

  #damaged({ digest }: Descriptor, error: unknown): void {
    if (!(error instanceof ScError)) throw error;
    if (!this.#damages.has(digest)) this.#damages.set(digest, error);
  }
}
