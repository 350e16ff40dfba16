import { ScError } from '../../errors/error.ts';
import type { Descriptor } from '../../schema/image/descriptor.ts';
import { blobsOf, type Documents, documentsOf, type Image, readImage } from '../content/image.ts';
import type { Intake } from '../content/intake.ts';
import { documentBytes } from '../format/documents.ts';
import { INDEX, isIndexType, layerCompression } from '../format/media-types.ts';
import { checkCompression } from './layer-blob.ts';
import { blobMember, documentsIn, type Members } from './members.ts';

/** The blobs of an OCI image layout, on their way into the store: each is what its descriptor says, or refused. */
export class LayoutSource {
  readonly documents: Documents;
  readonly #members: Members;
  readonly #intake: Intake;

  constructor(members: Members, intake: Intake) {
    this.documents = documentsIn(members);
    this.#members = members;
    this.#intake = intake;
  }

  async takeImage({ descriptor, manifest }: Image): Promise<void> {
    await this.#take(descriptor);
    await this.#take(manifest.config);
    for (const layer of manifest.layers) await this.#take(layer);
  }

  /** All that a descriptor leads to; answers the images of containers among it. */
  async takeAll(target: Descriptor): Promise<Image[]> {
    const images: Image[] = [];
    for (const document of documentsOf(this.documents, target)) {
      await this.#take(document);
      if (isIndexType(document.mediaType)) continue;
      for (const blob of blobsOf(this.documents, document)) await this.#take(blob);
      const image = this.#image(document);
      if (image !== undefined) images.push(image);
    }
    return images;
  }

  /** An index of such image manifests and indexes. */
  async makeIndex(manifests: readonly Descriptor[]): Promise<Descriptor> {
    const bytes = documentBytes({ schemaVersion: 2, mediaType: INDEX, manifests });
    const { digest, size } = await this.#intake.put([bytes], 'index');
    return { mediaType: INDEX, digest, size };
  }

  /** Other things that an index may list, such as attestations, are no images of containers. */
  #image(document: Descriptor): Image | undefined {
    try {
      return readImage(this.documents, document);
    } catch (error) {
      if (error instanceof ScError && error.code === 'SC_UNSUPPORTED') return undefined;
      throw error;
    }
  }

  async #take({ mediaType, digest, size }: Descriptor): Promise<void> {
    const compression = layerCompression(mediaType);
    const what = `${compression === undefined ? 'blob' : 'layer'} ${digest}`;
    const blob = await this.#members.take(blobMember(digest), what, { digest, size });
    if (compression !== undefined) checkCompression(blob, what, compression);
  }
}
