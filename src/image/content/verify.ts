import { ScError } from '../../errors/error.ts';
import type { Descriptor } from '../../schema/image/descriptor.ts';
import { isManifestType } from '../format/media-types.ts';
import type { Entry } from './entries.ts';
import { blobsOf, type Documents, documentsOf, type Image, readImage } from './image.ts';
import { type BlobSource, type Layer, verifyLayer } from './layer.ts';
import { shortImageId } from './reference.ts';

/** A blob that is not what it should be. */
interface Damage {
  blob: string;
  /** Names of the images that need it; of one without a name, the first digits of its digest. */
  images: string[];
  /** What is wrong with it. */
  error: ScError;
}

interface Verification {
  /** Blobs that are needed, and the bytes of those that could be read. */
  blobs: number;
  bytes: number;
  damages: Damage[];
}

type Source = Documents & BlobSource;

interface VerifyOptions {
  /** Whether layers are decompressed too, so that one whose diffID is another is found. */
  diffIds?: boolean;
  /** Is told how many bytes have been read since it was last. */
  onBytes?: (bytes: number) => void;
}

/**
 * Reads every blob that entries need, and finds those that are missing, of another size, or whose bytes have changed,
 * and images that are none.
 */
export async function verify(
  store: Source,
  entries: readonly Entry[],
  { diffIds = false, onBytes = () => undefined }: VerifyOptions = {},
): Promise<Verification> {
  const verifier = new Verifier(store);
  for (const { name, target } of entries) verifier.add(target, name ?? shortImageId(target.digest));
  return verifier.run(diffIds, onBytes);
}

class Verifier {
  readonly #store: Source;
  readonly #needed = new Map<string, { blob: Descriptor; images: Set<string> }>();
  readonly #damages = new Map<string, ScError>();

  constructor(store: Source) {
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

  async run(diffIds: boolean, onBytes: (bytes: number) => void): Promise<Verification> {
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
    for (const { blob } of this.#needed.values()) {
      const image = isManifestType(blob.mediaType) ? this.#readImage(blob) : undefined;
      if (diffIds) for (const layer of image?.layers ?? []) await this.#checkLayer(layer);
    }
    const damages = [...this.#damages].map(([blob, error]) => ({
      blob,
      images: [...(this.#needed.get(blob)?.images ?? [])].sort(),
      error,
    }));
    return { blobs: this.#needed.size, bytes, damages };
  }

  /** Good bytes need not be an image; parts of an index need not be one of a container. */
  #readImage(manifest: Descriptor): Image | undefined {
    if (this.#damages.has(manifest.digest)) return undefined;
    const [, config] = blobsOf(this.#store, manifest);
    if (config !== undefined && this.#damages.has(config.digest)) return undefined;
    try {
      return readImage(this.#store, manifest);
    } catch (error) {
      if (!(error instanceof ScError) || error.code !== 'SC_UNSUPPORTED') this.#damaged(manifest, error);
      return undefined;
    }
  }

  async #checkLayer(layer: Layer): Promise<void> {
    if (this.#damages.has(layer.blob.digest)) return;
    try {
      await verifyLayer(this.#store, layer);
    } catch (error) {
      this.#damaged(layer.blob, error);
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
