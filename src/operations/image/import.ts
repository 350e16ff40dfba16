import { closeSync } from 'node:fs';
import { basename } from 'node:path';
import { ScError } from '../../errors/error.ts';
import type { Loaded } from '../../image/archive/loaded.ts';
import { type ImportOptions, importRootFilesystem } from '../../image/archive/root-filesystem.ts';
import type { Intake } from '../../image/content/intake.ts';
import { fullName } from '../../image/format/name.ts';
import { parsePlatform } from '../../image/format/platform.ts';
import { packTree } from '../../image/layer/pack.ts';
import { openRoot } from '../../linux/directory.ts';
import type { ImageImportRequest, ImageImportResult } from '../../schema/operations/image-import.ts';
import type { Caller } from '../caller.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';
import { changedConfig } from './config-change.ts';
import { type Progress, watched } from './progress.ts';
import { namingSource, openSource, type Source, wordsFor } from './source.ts';
import { loadedImages, takeIn } from './take-in.ts';

/** For errors. */
const ACTION = 'import a root filesystem';

/** Makes an image of a root filesystem, as one layer. Throws SC_NOT_FOUND, SC_USAGE, SC_BAD_IMAGE and SC_STORAGE_FAILED. */
export async function importImage(
  { source, ...request }: ImageImportRequest,
  settings: Settings,
  caller: Caller,
  progress?: Progress,
): Promise<ImageImportResult> {
  importOptions(request);
  const opened = openSource(source, ACTION, caller);
  const place = await openWorkplace(settings);
  const bring = async (intake: Intake) => [await importTar(opened, intake, request, progress)];
  return loadedImages(
    await namingSource({ words: wordsFor(ACTION, source), text: source }, () =>
      takeIn(place, bring, progress),
    ),
  );
}

/** The image of a root filesystem, into what is being taken in. */
export function importTar(
  source: Source,
  intake: Intake,
  request: Omit<ImageImportRequest, 'source'>,
  progress?: Progress,
): Promise<Loaded> {
  return importRootFilesystem(intake, tarOf(source, progress), importOptions(request));
}

async function* tarOf(source: Source, progress?: Progress): AsyncGenerator<Buffer> {
  if (source.kind === 'directory') {
    const directory = openRoot(source.path);
    try {
      yield* watched(packTree(directory), (done) => progress?.show(`read ${basename(source.path)}`, done));
    } finally {
      closeSync(directory);
    }
  } else {
    const { name, chunks, total } = source;
    yield* watched(chunks, (done) => progress?.show(`read ${name}`, done, total));
  }
}

function importOptions({
  name,
  changes = [],
  message,
  platform,
  created,
}: Omit<ImageImportRequest, 'source'>): ImportOptions {
  if (created !== undefined && !Number.isFinite(Date.parse(created)))
    throw new ScError('SC_USAGE', `created "${created}": it is no time`, {
      hint: 'a time with its zone, such as 2024-05-01T12:00:00Z',
    });
  return {
    names: name === undefined ? [] : [fullName(name)],
    config: changedConfig({}, changes),
    ...(message !== undefined && { comment: message }),
    ...(platform !== undefined && { platform: parsePlatform(platform) }),
    ...(created !== undefined && { created }),
  };
}
