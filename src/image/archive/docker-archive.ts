import { ScError } from '../../errors/error.ts';
import type { Config } from '../../schema/image/config.ts';
import type { Descriptor } from '../../schema/image/descriptor.ts';
import type { ArchivedImage } from '../../schema/image/docker-archive.ts';
import { decompress } from '../compression/decompress.ts';
import { readImage } from '../content/image.ts';
import type { Intake } from '../content/intake.ts';
import { makeManifest } from '../content/make-manifest.ts';
import { readConfig, readDockerArchive } from '../format/documents.ts';
import { CONFIG, layerType } from '../format/media-types.ts';
import { fits, hostPlatform, platformWords } from '../format/platform.ts';
import { compressionOfBlob } from './layer-blob.ts';
import type { Loaded, LoadOptions } from './loaded.ts';
import type { Members } from './members.ts';
import { chosenImages, givenNames, refuseTooMany, wholeName } from './names.ts';

/** Takes in what `docker save` and its like have written. Configs stay as they are, and so the images' IDs. */
export async function loadDockerArchive(
  members: Members,
  intake: Intake,
  options: LoadOptions,
): Promise<Loaded[]> {
  const listed = readDockerArchive(members.read('manifest.json'), '"manifest.json"').map((image) => ({
    ...image,
    names: [...new Set((image.RepoTags ?? []).map((name) => wholeName(name, '"manifest.json"', options)))],
  }));
  refuseSharedNames(listed);
  const images = chosenImages(listed, options);
  if (images.length === 0) throw new ScError('SC_BAD_IMAGE', 'read "manifest.json": there is no image in it');
  refuseTooMany(images, '"manifest.json"');
  const loaded: Loaded[] = [];
  for (const { names, ...image } of images) {
    const target = await takeImage(members, intake, image, options);
    loaded.push({
      names: givenNames(names, images.length, options),
      target,
      images: [readImage(intake, target)],
    });
  }
  return loaded;
}

/** Two readers may take different ones for the image of that name. */
function refuseSharedNames(images: readonly (Pick<ArchivedImage, 'Config'> & { names: string[] })[]): void {
  const configs = new Map<string, string>();
  for (const { names, Config } of images)
    for (const name of names) {
      if ((configs.get(name) ?? Config) !== Config)
        throw new ScError('SC_BAD_IMAGE', `read "manifest.json": two images in it are called "${name}"`);
      configs.set(name, Config);
    }
}

async function takeImage(
  members: Members,
  intake: Intake,
  { Config: configName, Layers }: ArchivedImage,
  options: LoadOptions,
): Promise<Descriptor> {
  const what = `config "${configName}"`;
  const bytes = members.read(configName);
  const config = readConfig(bytes, what);
  refuseForeign(config, what, options);
  // By its name, where that is a digest, as all write it.
  const [, hex] = /(?:^|\/)([0-9a-f]{64})(?:\.json)?$/.exec(configName) ?? [];
  const { digest, size } = await intake.put(
    [bytes],
    what,
    hex === undefined ? {} : { digest: `sha256:${hex}` },
  );
  const diffIds = config.rootfs.diff_ids ?? [];
  const names = Layers ?? [];
  if (names.length !== diffIds.length)
    throw new ScError(
      'SC_BAD_IMAGE',
      `read ${what}: it has ${diffIds.length} diffIDs for ${names.length} layers`,
    );
  const layers: Descriptor[] = [];
  for (const [index, name] of names.entries())
    layers.push(await takeLayer(members, intake, name, diffIds[index] ?? ''));
  return makeManifest(intake, { mediaType: CONFIG, digest, size }, layers);
}

/** A layer that is not compressed is verified by the way; the OCI has no name for one in bzip2 or xz. */
async function takeLayer(
  members: Members,
  intake: Intake,
  name: string,
  diffId: string,
): Promise<Descriptor> {
  const what = `layer "${name}"`;
  const blob = await members.take(name, what, {});
  const compression = compressionOfBlob(blob);
  if (compression === 'none') {
    if (blob.digest !== diffId)
      throw new ScError(
        'SC_BAD_IMAGE',
        `take in ${what}: its diffID is ${blob.digest} in place of ${diffId}`,
      );
  } else if (compression === 'bzip2' || compression === 'xz') {
    const plain = await intake.put(decompress(intake.chunks(blob, what)), what, { digest: diffId });
    return { mediaType: layerType('none'), digest: plain.digest, size: plain.size };
  }
  return { mediaType: layerType(compression), digest: blob.digest, size: blob.size };
}

function refuseForeign(
  config: Config,
  what: string,
  { platform = hostPlatform(), allPlatforms }: LoadOptions,
): void {
  if (allPlatforms === true || fits(config, platform)) return;
  throw new ScError(
    'SC_UNSUPPORTED',
    `read ${what}: it is for ${platformWords(config)} and not for ${platformWords(platform)}`,
    { hint: 'name the platform that is wanted: --platform OS/ARCHITECTURE' },
  );
}
