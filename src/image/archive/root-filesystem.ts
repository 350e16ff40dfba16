import { createHash } from 'node:crypto';
import { ScError } from '../../errors/error.ts';
import type { Config, ImageProcess } from '../../schema/image/config.ts';
import type { Descriptor, Platform } from '../../schema/image/descriptor.ts';
import { decompress, tellCompression } from '../compression/decompress.ts';
import { readImage } from '../content/image.ts';
import type { Intake } from '../content/intake.ts';
import { makeManifest } from '../content/make-manifest.ts';
import { documentBytes } from '../format/documents.ts';
import { CONFIG, layerType } from '../format/media-types.ts';
import { hostPlatform } from '../format/platform.ts';
import type { TarEntry, TarSink } from '../tar/entry.ts';
import { TarReader } from '../tar/reader.ts';
import type { Loaded } from './loaded.ts';

export interface ImportOptions {
  names?: readonly string[];
  /** How containers of it start. */
  config?: ImageProcess;
  /** RFC 3339. Without it the beginning of 1970, so that the same tar gives the same image. */
  created?: string;
  /** In place of this machine's. */
  platform?: Platform;
  /** What its history says of it. */
  comment?: string;
}

const BEGINNING_OF_TIME = '1970-01-01T00:00:00Z';

/**
 * Makes an image of the tar of a root filesystem: one layer, as it comes, and a config. The same tar and options give
 * the same image. Throws SC_BAD_IMAGE for what is no tar, an empty one, or the archive of an image.
 */
export async function importRootFilesystem(
  intake: Intake,
  chunks: AsyncIterable<Buffer>,
  { names = [], ...options }: ImportOptions = {},
): Promise<Loaded> {
  const { layer, diffId } = await takeLayer(intake, chunks);
  const bytes = documentBytes(makeConfig(diffId, options));
  const { digest, size } = await intake.put([bytes], 'config');
  const target = await makeManifest(intake, { mediaType: CONFIG, digest, size }, [layer]);
  return { names: [...names], target, images: [readImage(intake, target)] };
}

function makeConfig(diffId: string, { created = BEGINNING_OF_TIME, ...options }: ImportOptions): Config {
  const { config, platform = hostPlatform(), comment } = options;
  return {
    created,
    ...platform,
    ...(config !== undefined && { config }),
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created, created_by: 'sc image import', ...(comment !== undefined && { comment }) }],
  };
}

/** Compressed as it came, where the OCI has a name for that, else without compression. */
async function takeLayer(
  intake: Intake,
  chunks: AsyncIterable<Buffer>,
): Promise<{ layer: Descriptor; diffId: string }> {
  const { compression, chunks: whole } = await tellCompression(chunks);
  const kept = compression === 'bzip2' || compression === 'xz' ? 'none' : compression;
  const sink = new Look();
  const reader = new TarReader(sink);
  const hash = createHash('sha256');
  const writer = intake.writer('layer');
  const write = (chunk: Buffer): void => writer.write(chunk);
  try {
    const source = kept === compression ? watched(whole, write) : whole;
    const plain = decompress(source);
    for await (const chunk of kept === compression ? plain : watched(plain, write)) {
      if (kept !== 'none') hash.update(chunk);
      reader.write(chunk);
    }
    reader.finish();
    sink.check();
    const { digest, size } = intake.adopt(writer.finish());
    const diffId = kept === 'none' ? digest : `sha256:${hash.digest('hex')}`;
    return { layer: { mediaType: layerType(kept), digest, size }, diffId };
  } finally {
    writer.abandon();
  }
}

async function* watched(
  chunks: AsyncIterable<Buffer>,
  watch: (chunk: Buffer) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    watch(chunk);
    yield chunk;
  }
}

/** Sees what kind of tar it is. */
class Look implements TarSink {
  readonly #names = new Set<string>();
  #isEmpty = true;

  entry({ path }: TarEntry): void {
    this.#isEmpty = false;
    const name = path.toString().replace(/^(\.\/)+/, '');
    if (['oci-layout', 'index.json', 'manifest.json'].includes(name)) this.#names.add(name);
    if (/^([0-9a-f]{64}\.(json|tar)|[0-9a-f]{64}\/layer\.tar)$/.test(name)) this.#names.add('layer');
  }

  data(): void {}

  end(): void {}

  check(): void {
    if (this.#isEmpty) throw refusal('there is nothing in the tar');
    const has = (...names: string[]) => names.every((name) => this.#names.has(name));
    if (!has('oci-layout', 'index.json') && !has('manifest.json', 'layer')) return;
    throw refusal('it is the archive of an image', '`sc image load` takes it as the image that it is');
  }
}

function refusal(why: string, hint?: string): ScError {
  const message = `import a root filesystem: ${why}`;
  return new ScError('SC_BAD_IMAGE', message, hint === undefined ? {} : { hint });
}
