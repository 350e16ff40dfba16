import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { ScError } from '../errors/error.ts';
import { compress } from '../image/compression/compress.ts';
import { Expansion } from '../image/compression/limits.ts';
import type { Intake } from '../image/content/intake.ts';
import { limitsOfLayer } from '../image/content/layer.ts';
import { layerCompression, layerType } from '../image/format/media-types.ts';
import { type LayerChanges, packChanges } from '../image/layer/pack.ts';
import { SparseWriter } from '../image/layer/sparse-writer.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Descriptor } from '../schema/image/descriptor.ts';
import type { CommitRequest } from '../schema/operations/commit.ts';
import { type View, withView } from '../storage/view.ts';
import { containerChanges, lookBelowContainer } from './container-files.ts';
import type { Progress } from './image/progress.ts';
import type { Workplace } from './workplace.ts';

const CHUNK = 1024 * 1024;

/** A layer that has been put where images are taken in. */
export interface PackedLayer {
  blob: Descriptor;
  diffId: string;
}

/** How layers are packed, and where to. */
export interface Packing {
  intake: Intake;
  compression: NonNullable<CommitRequest['compression']>;
  /** Throws where the end was asked for. */
  ended: () => void;
  progress?: Progress | undefined;
}

/** What a container has become since it was made, without what is mounted in it. */
export async function packContainer(
  place: Workplace,
  state: ContainerState,
  packing: Packing,
): Promise<PackedLayer> {
  const changes = packChanges(await containerChanges(place, state));
  return put(shown(changes, 'pack its files', packing), packing);
}

/**
 * The same of one that stands still, which takes as long as its files take to be written down once; what it answers
 * compresses them, and needs the container no more.
 */
export async function setContainerAside(
  place: Workplace,
  state: ContainerState,
  packing: Packing,
): Promise<() => Promise<PackedLayer>> {
  const file = join(packing.intake.directory, 'container.tar');
  const changes = packChanges(await containerChanges(place, state));
  const size = await writeSparse(file, listened(shown(changes, 'set its files aside', packing), packing));
  return async () => {
    const tar = createReadStream(file, { highWaterMark: CHUNK });
    const layer = await put(shown(tar, 'compress them', packing, size), packing);
    rmSync(file);
    return layer;
  };
}

/** What a container of a directory or of the machine itself stands on, as it is seen in there. */
export async function packBase(
  place: Workplace,
  state: ContainerState,
  packing: Packing,
): Promise<PackedLayer> {
  return withView(await lookBelowContainer(place, state), (view) =>
    put(shown(packChanges(allOf(view)), 'pack what it stands on', packing), packing),
  );
}

function allOf(view: View): LayerChanges {
  return {
    list: (function* () {
      for (const path of view.paths()) yield { kind: 'added' as const, path };
    })(),
    open(path) {
      const entry = view.open(path);
      if (entry !== undefined) return entry;
      throw new ScError('SC_STORAGE_FAILED', `open "${path}": it has vanished`, { errno: 'ENOENT' });
    },
  };
}

async function put(tar: AsyncIterable<Buffer>, packing: Packing): Promise<PackedLayer> {
  const { intake, compression } = packing;
  const hash = createHash('sha256');
  const expansion = new Expansion(limitsOfLayer);
  const plain = watched(listened(tar, packing), (chunk) => {
    hash.update(chunk);
    expansion.give(chunk);
  });
  const compressed = compression === 'none' ? plain : compress(plain, compression);
  const chunks = watched(compressed, (chunk) => {
    expansion.take(chunk);
    refuseExcess(expansion, compression);
  });
  const { digest, size } = await intake.put(chunks, 'layer');
  refuseExcess(expansion, compression);
  return {
    blob: { mediaType: layerType(compression), digest, size },
    diffId: `sha256:${hash.digest('hex')}`,
  };
}

function shown(
  chunks: AsyncIterable<Buffer>,
  what: string,
  { progress }: Packing,
  total?: number,
): AsyncIterable<Buffer> {
  let done = 0;
  return watched(chunks, ({ length }) => {
    done += length;
    progress?.show(what, done, total);
  });
}

/** Nobody would take it in again. */
function refuseExcess({ excess }: Expansion, compression: string): void {
  if (excess === undefined) return;
  throw new ScError('SC_UNSUPPORTED', `compress the layer: ${excess} with ${compression}`, {
    hint: '--compress none',
  });
}

/** Where no part of the work is done by the thread pool, a signal would not be heard before the end. */
async function* listened(chunks: AsyncIterable<Buffer>, { ended }: Packing): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    await turn();
    ended();
    yield chunk;
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

/** Answers how many bytes they were. */
async function writeSparse(file: string, chunks: AsyncIterable<Buffer>): Promise<number> {
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    const writer = new SparseWriter(descriptor);
    let size = 0;
    for await (const chunk of chunks) {
      writer.write(chunk, size);
      size += chunk.length;
    }
    writer.finish(size);
    return size;
  } finally {
    closeSync(descriptor);
  }
}

/** The same layer in the OCI's words: an image manifest of the OCI names no layers in docker's. */
export function withTypeOfOci({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType: layerType(layerCompression(mediaType) ?? 'none'), digest, size };
}
