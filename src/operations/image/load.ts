import { ScError } from '../../errors/error.ts';
import { loadDirectory, loadTar } from '../../image/archive/load.ts';
import type { Loaded, LoadOptions } from '../../image/archive/loaded.ts';
import type { Intake } from '../../image/content/intake.ts';
import { otherMeaning } from '../../image/format/name.ts';
import { parsePlatform } from '../../image/format/platform.ts';
import type { ImageLoadRequest, ImageLoadResult } from '../../schema/operations/image-load.ts';
import type { Caller } from '../caller.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';
import { type Progress, watched } from './progress.ts';
import { namingSource, openSource, type Source, wordsFor } from './source.ts';
import { loadedImages, takeIn } from './take-in.ts';

/** For errors. */
const ACTION = 'load images';

/**
 * Takes the images of an archive or an OCI image layout into the store, all or none. Throws SC_NOT_FOUND, SC_BAD_IMAGE,
 * SC_UNSUPPORTED for images for other machines that were not asked for, and SC_STORAGE_FAILED.
 */
export async function loadImages(
  { source, ...request }: ImageLoadRequest,
  settings: Settings,
  caller: Caller,
  progress?: Progress,
): Promise<ImageLoadResult> {
  const options = loadOptions(request);
  const opened = openSource(source, ACTION, caller);
  const place = await openWorkplace(settings);
  const bring = async (intake: Intake) => {
    const loaded = await bringImages(opened, intake, options, progress);
    for (const { names } of loaded) for (const name of names) refuseOtherMeaning(name);
    return loaded;
  };
  return loadedImages(
    await namingSource({ words: wordsFor(ACTION, source), text: source }, () =>
      takeIn(place, bring, progress),
    ),
  );
}

function refuseOtherMeaning(name: string): void {
  const other = otherMeaning(name);
  if (other === undefined) return;
  throw new ScError('SC_BAD_IMAGE', `load image "${name}": ${other}`, {
    hint: `under another name: --reference ${name} --name my/${name}`,
  });
}

/** What is in an archive or an OCI image layout, into what is being taken in. */
export function bringImages(
  source: Source,
  intake: Intake,
  options: LoadOptions,
  progress?: Progress,
): Promise<Loaded[]> {
  if (source.kind === 'directory') return loadDirectory(intake, source.path, options);
  const { name, chunks, total } = source;
  return loadTar(
    intake,
    watched(chunks, (done) => progress?.show(`read ${name}`, done, total)),
    options,
  );
}

function loadOptions({
  reference,
  name,
  platform,
  allPlatforms,
}: Omit<ImageLoadRequest, 'source'>): LoadOptions {
  return {
    ...(reference !== undefined && { reference }),
    ...(name !== undefined && { name }),
    ...(platform !== undefined && { platform: parsePlatform(platform) }),
    ...(allPlatforms !== undefined && { allPlatforms }),
  };
}
