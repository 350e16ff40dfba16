import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ScError } from '../../errors/error.ts';
import { errnoOf } from '../../errors/reason.ts';
import type { Loaded } from '../../image/archive/loaded.ts';
import type { Intake } from '../../image/content/intake.ts';
import { LARGEST_DOCUMENT } from '../../image/format/documents.ts';
import { hostPlatform, parsePlatform, platformWords } from '../../image/format/platform.ts';
import type { Image } from '../../schema/container-file.ts';
import { changedConfig } from './config-change.ts';
import { importTar } from './import.ts';
import { labelled } from './labelled.ts';
import { bringImages } from './load.ts';
import type { Progress } from './progress.ts';
import { namingSource, openPath } from './source.ts';

/** Where the image of a document comes from. */
export interface DocumentSource {
  kind: 'archive' | 'oci' | 'import';
  /** Absolute. */
  path: string;
  document: Image;
}

const kinds = ['archive', 'oci', 'import'] as const;

/** A file that has been written to since may have the same times, as long as they are no older: in milliseconds. */
const COARSEST_TIME = 2_000;

/** The source of a document; relative paths count from `directory`. Undefined for one that nobody here can honour. */
export function sourceOf(document: Image, directory: string): DocumentSource | undefined {
  for (const kind of kinds) {
    const path = document.source[kind];
    if (path !== undefined) return { kind, path: resolve(directory, path), document };
  }
  return undefined;
}

/** Which field of a source nobody can do anything with, and why. */
export function faultOfSource({
  document: { source },
}: DocumentSource): { path: string; error: ScError } | undefined {
  for (const [index, text] of (source.changes ?? []).entries()) {
    try {
      changedConfig({}, [text]);
    } catch (error) {
      if (error instanceof ScError) return { path: `source.changes[${index}]`, error };
      throw error;
    }
  }
  const { created } = source;
  if (created === undefined || Number.isFinite(Date.parse(created))) return undefined;
  return { path: 'source.created', error: new ScError('SC_USAGE', `"${created}" is no time that there is`) };
}

/** The one image of a source, without a name. Throws what loading or importing it throws, and SC_USAGE where there are several. */
export async function bringSource(
  source: DocumentSource,
  intake: Intake,
  progress?: Progress,
): Promise<Loaded[]> {
  const named = { words: `use the image in "${source.path}"`, text: source.path };
  const loaded = await namingSource(named, () => bringUnlabelled(source, intake, progress));
  const { labels = {} } = source.document;
  return Promise.all(loaded.map((image) => labelled(intake, image, labels)));
}

async function bringUnlabelled(
  { kind, path, document }: DocumentSource,
  intake: Intake,
  progress?: Progress,
): Promise<Loaded[]> {
  const { platform, source } = document;
  const { changes = [], message, created, reference } = source;
  const wanted = platform === undefined ? {} : { platform };
  if (kind === 'import') {
    const said = {
      changes,
      ...(message !== undefined && { message }),
      ...(created !== undefined && { created }),
    };
    const opened = openPath(path, 'import a root filesystem');
    return [await importTar(opened, intake, { ...said, ...wanted }, progress)];
  }
  const opened = kind === 'oci' ? ({ kind: 'directory', path } as const) : openPath(path, 'load an image');
  if (kind === 'archive' && opened.kind === 'directory')
    throw new ScError('SC_BAD_IMAGE', `load an image from "${path}": it is a directory`, {
      hint: 'source.oci takes an OCI image layout, source.import a root filesystem',
    });
  const options = {
    ignoreNames: true,
    ...(reference !== undefined && { reference }),
    ...(platform !== undefined && { platform: parsePlatform(platform) }),
  };
  const loaded = await bringImages(opened, intake, options, progress);
  if (loaded.length === 1) return loaded.map((image) => ({ ...image, names: [] }));
  const names = loaded.flatMap((image) => image.names).join(', ');
  throw new ScError('SC_USAGE', `use the image in "${path}": there are ${loaded.length}: ${names}`, {
    hint: 'source.reference says which of them',
  });
}

/**
 * A digest of all that decides what a source holds, without reading it whole; the same means the same image. Undefined
 * where nothing says so: of a directory of files, and of a file that was just written.
 */
export function markOf({ kind, path, document }: DocumentSource): string | undefined {
  const { source, platform, labels = {} } = document;
  const state = kind === 'oci' ? stateOfLayout(path) : stateOfFile(path);
  if (state === undefined) return undefined;
  const said = { ...source, [kind]: path, platform: platform ?? platformWords(hostPlatform()) };
  return digestOf(JSON.stringify([state, Object.entries(said).sort(), Object.entries(labels).sort()]));
}

/** Blobs of a layout have the names of their digests: its index decides what all of it is. */
function stateOfLayout(path: string): string | undefined {
  return unlessRefused(() => {
    const index = openSync(join(path, 'index.json'), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(index);
      return stats.isFile() && stats.size <= LARGEST_DOCUMENT ? digestOf(readFileSync(index)) : undefined;
    } finally {
      closeSync(index);
    }
  });
}

function stateOfFile(path: string): string | undefined {
  return unlessRefused(() => {
    const status = statSync(path, { bigint: true });
    if (!status.isFile() || Date.now() - Number(status.ctimeMs) < COARSEST_TIME) return undefined;
    const { dev, ino, size, mtimeNs, ctimeNs } = status;
    return [dev, ino, size, mtimeNs, ctimeNs].join();
  });
}

/** Why it cannot be read is told by who reads it. */
function unlessRefused<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

function digestOf(bytes: string | Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
