import { ScError } from '../errors/error.ts';
import type { Image } from '../image/content/image.ts';
import type { Intake } from '../image/content/intake.ts';
import { documentBytes, readConfig } from '../image/format/documents.ts';
import { CONFIG } from '../image/format/media-types.ts';
import { hostPlatform } from '../image/format/platform.ts';
import { faultsOfConfig } from '../plan/image-facts.ts';
import type { Config, ImageHistory, ImageProcess } from '../schema/image/config.ts';
import type { Descriptor } from '../schema/image/descriptor.ts';
import type { CommitRequest } from '../schema/operations/commit.ts';
import type { PackedLayer } from './commit-layers.ts';
import { changedConfig } from './image/config-change.ts';
import { parseTimeArgument } from './time-argument.ts';

/** Of the container from which docker made an image: not of the new one. */
const OF_DOCKER = ['container', 'container_config', 'docker_version', 'id', 'parent', 'throwaway', 'comment'];

/** Puts the config of an image that has layers more than the one below. Throws SC_USAGE for what no container can have. */
export async function putConfig(
  intake: Intake,
  below: Image | undefined,
  added: readonly PackedLayer[],
  request: CommitRequest,
): Promise<Descriptor> {
  const bytes = documentBytes(makeConfig(below, added, request));
  // What is taken in has to be readable again.
  readConfig(bytes, 'the config');
  const { digest, size } = await intake.put([bytes], 'config');
  return { mediaType: CONFIG, digest, size };
}

function makeConfig(below: Image | undefined, added: readonly PackedLayer[], request: CommitRequest): Config {
  const created = rfc3339(request.created);
  const { author } = request;
  const said = { created, ...(author !== undefined && { author }) };
  const known = below?.config;
  const kept = Object.fromEntries(Object.entries(known ?? {}).filter(([key]) => !OF_DOCKER.includes(key)));
  const platform = known ?? hostPlatform();
  const config = processOf(known?.config ?? {}, request);
  return {
    ...kept,
    architecture: platform.architecture,
    os: platform.os,
    ...said,
    config,
    rootfs: { type: 'layers', diff_ids: [...(below?.layers ?? []), ...added].map(({ diffId }) => diffId) },
    history: [
      ...historyOf(below),
      // What the container stood on, where that was no image.
      ...added.slice(1).map(() => ({ ...said, created_by: 'sc commit', comment: 'what it stood on' })),
      {
        ...said,
        created_by: 'sc commit',
        ...(request.message !== undefined && { comment: request.message }),
      },
    ],
  };
}

function processOf(known: ImageProcess, { config = {}, changes = [], labels }: CommitRequest): ImageProcess {
  const entries = Object.entries({ ...known, ...config }).filter(([, value]) => value !== null);
  const changed = changedConfig(Object.fromEntries(entries), changes);
  const process = labels === undefined ? changed : { ...changed, Labels: { ...changed.Labels, ...labels } };
  const [fault] = faultsOfConfig(process);
  if (fault !== undefined) throw new ScError('SC_USAGE', `no container can have ${fault}`);
  return process;
}

/** A step for each layer: readers count them, and an image may have none. */
function historyOf(below: Image | undefined): ImageHistory[] {
  const history = below?.config.history ?? [];
  const told = history.filter(({ empty_layer: isEmpty }) => isEmpty !== true).length;
  const missing = (below?.layers.length ?? 0) - told;
  return [...Array.from({ length: Math.max(missing, 0) }, () => ({})), ...history];
}

/** To the second, where it is a whole one. */
function rfc3339(time: string | undefined): string {
  const now = Date.now();
  const milliseconds =
    time === undefined ? now : Number(parseTimeArgument(time, now, 'created') / 1_000_000n);
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z');
}
