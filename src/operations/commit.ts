import { ScError } from '../errors/error.ts';
import { naming } from '../errors/reason.ts';
import { type Image, readImage } from '../image/content/image.ts';
import type { Intake } from '../image/content/intake.ts';
import { makeManifest } from '../image/content/make-manifest.ts';
import { fullName } from '../image/format/name.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { CommitRequest, CommitResult } from '../schema/operations/commit.ts';
import type { Caller } from './caller.ts';
import { putConfig } from './commit-config.ts';
import {
  type PackedLayer,
  type Packing,
  packBase,
  packContainer,
  setContainerAside,
  withTypeOfOci,
} from './commit-layers.ts';
import { holdStill } from './hold-still.ts';
import type { Progress } from './image/progress.ts';
import { listenForEnd } from './interruption.ts';
import { finishAbandoned } from './recover.ts';
import type { Settings } from './settings.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/**
 * Makes an image of a container: the layers that it stands on, and one of what has become another since. A base that
 * is no image becomes a layer too. All or nothing: nobody sees the image before all of it is there; it is unpacked where
 * it is run first. Throws SC_NOT_FOUND,
 * SC_AMBIGUOUS, SC_STATE_*, SC_WRONG_STATE, SC_USAGE, SC_STORAGE_FAILED, and SC_UNSUPPORTED for files that no layer can
 * have.
 */
export async function commit(
  request: CommitRequest,
  settings: Settings,
  caller: Caller,
  progress?: Progress,
): Promise<CommitResult> {
  const name = request.name === undefined ? undefined : fullName(request.name);
  const place = await openWorkplace(settings);
  await finishAbandoned(place, caller);
  const state = await place.store.find(request.container);
  const interruption = listenForEnd(caller);
  const ended = () => {
    if (!interruption.abort.aborted) return;
    throw new ScError('SC_SYSTEM_CALL', `ended by ${interruption.signal() ?? 'its caller'}`, {
      errno: 'EINTR',
    });
  };
  try {
    return await naming(`commit "${state.name}"`, () =>
      commitContainer(place, state, { request, name, ended, progress }),
    );
  } finally {
    interruption.stop();
  }
}

interface Commission {
  request: CommitRequest;
  /** Of the image, with its tag. */
  name: string | undefined;
  /** Throws where the end was asked for. */
  ended: () => void;
  progress: Progress | undefined;
}

async function commitContainer(
  place: Workplace,
  { id }: ContainerState,
  { request, name, ended, progress }: Commission,
): Promise<CommitResult> {
  const images = await place.images();
  const { result } = await images.write(async (intake) => {
    const { compression = 'gzip' } = request;
    const packing = { intake, compression, ended, progress };
    const { state, base, pack } = await place.store.exclusively(id, async () => {
      const state = await place.observe(await place.store.find(id));
      if (state.status === 'creating') throw new ScError('SC_WRONG_STATE', 'it is being made');
      const base = imageOf(state) === undefined ? await packBase(place, state, packing) : undefined;
      return { state, base, pack: await packNow(place, state, request, packing) };
    });
    const layer = await pack();
    const below = base === undefined ? findBase(images, state) : undefined;
    const added = base === undefined ? [layer] : [base, layer];
    const target = await putImage(intake, below, added, request);
    const image = readImage(intake, target);
    ended();
    const { diffId, blob } = layer;
    return {
      entries: [{ name, target }],
      result: {
        id: image.id,
        ...(name !== undefined && { name }),
        digest: target.digest,
        layer: { diffId, digest: blob.digest, size: blob.size },
      },
    };
  });
  return result;
}

/** What is in a container now. Of one that runs the files are only set aside: to compress them takes ten times as long. */
async function packNow(
  place: Workplace,
  state: ContainerState,
  { pause = true }: CommitRequest,
  packing: Packing,
): Promise<() => Promise<PackedLayer>> {
  if (state.status === 'running') {
    const setAside = () => setContainerAside(place, state, packing);
    return pause ? holdStill(place, state, setAside) : setAside();
  }
  const layer = await packContainer(place, state, packing);
  return async () => layer;
}

async function putImage(
  intake: Intake,
  below: Image | undefined,
  added: readonly PackedLayer[],
  request: CommitRequest,
) {
  const config = await putConfig(intake, below, added, request);
  const layers = [...(below?.manifest.layers ?? []).map(withTypeOfOci), ...added.map(({ blob }) => blob)];
  return makeManifest(intake, config, layers);
}

function imageOf({ spec: { image } }: ContainerState) {
  return image.kind === 'image' ? image : undefined;
}

/** The image that it was made of, for whatever platform that is. */
function findBase(images: Awaited<ReturnType<Workplace['images']>>, state: ContainerState): Image {
  const source = imageOf(state);
  const found = images.images(images.identify(source?.id ?? '')).find(({ id }) => id === source?.id);
  if (found !== undefined) return found;
  throw new ScError('SC_NOT_FOUND', `its image ${source?.id} is not there any more`);
}
