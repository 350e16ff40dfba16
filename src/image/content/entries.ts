import { readFileSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { errnoOf, failure, reason } from '../../errors/reason.ts';
import { isErrno } from '../../linux/descriptor.ts';
import type { Descriptor, Platform } from '../../schema/image/descriptor.ts';
import type { Index } from '../../schema/image/index.ts';
import { readIndex } from '../format/documents.ts';
import { emptyIndex } from './layout.ts';

/** The annotation by which an entry of an index has a name. */
export const REF_NAME = 'org.opencontainers.image.ref.name';

/** The annotation by which it is known of which source an entry has its name. */
const SOURCE = 'example.standard-container.source';

/** The annotation by which it is known which container file has given it its name. */
const FILE = 'example.standard-container.file';

/** Where an entry has its name from, which goes with the name. */
export interface NameSource {
  /** What tells which source it is. */
  mark?: string | undefined;
  /** Absolute path of the container file that says it. */
  file?: string | undefined;
}

/** An entry of the store's index: an image, or an index of one for several platforms, and its name. */
export interface Entry extends NameSource {
  name: string | undefined;
  /** Without annotations. */
  target: Descriptor;
}

/** The index of the store; without entries where there is none. Throws SC_STATE_CORRUPT. */
export function readStoredIndex(path: string): Index {
  try {
    return readIndex(readFileSync(path), `"${path}"`);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return emptyIndex();
    if (errnoOf(error) !== undefined) throw failure('SC_STORAGE_FAILED', `read "${path}"`, error);
    throw new ScError('SC_STATE_CORRUPT', reason(error), {
      cause: error,
      hint: 'it lists the images by name: put a copy of it back, or load the images once more',
    });
  }
}

export function entriesOf({ manifests }: Index): Entry[] {
  return manifests.map(({ annotations, ...target }) => {
    const [mark, file] = [annotations?.[SOURCE], annotations?.[FILE]];
    return {
      name: annotations?.[REF_NAME],
      target,
      ...(mark !== undefined && { mark }),
      ...(file !== undefined && { file }),
    };
  });
}

/** An entry as it stands in the index. What else others say of an image would fill that, which is read at each run. */
export function descriptorOf({ name, target, mark, file }: Entry): Descriptor {
  const { mediaType, digest, size, platform } = target;
  const annotations = name && {
    [REF_NAME]: name,
    ...(mark !== undefined && { [SOURCE]: mark }),
    ...(file !== undefined && { [FILE]: file }),
  };
  return {
    ...{ mediaType, digest, size },
    ...(platform && { platform: knownPlatform(platform) }),
    ...(annotations && { annotations }),
  };
}

function knownPlatform({ architecture, os, variant }: Platform): Platform {
  return { architecture, os, ...(variant !== undefined && { variant }) };
}

/**
 * The index with an entry more. Whoever had its name has it no more, and stays without one where no other name is
 * left to it; an entry without a name is none beside one with.
 */
export function withEntry(index: Index, entry: Entry): Index {
  const { name, target } = entry;
  const rest = name === undefined ? index.manifests : withoutName(index, name).manifests;
  const others = rest.filter((other) => other.digest !== target.digest || nameOf(other) !== undefined);
  if (name === undefined && others.some(({ digest }) => digest === target.digest))
    return { ...index, manifests: others };
  return { ...index, manifests: [...others, descriptorOf(entry)] };
}

/** The index without a name. What has no other stays, without one. */
export function withoutName(index: Index, name: string): Index {
  const manifests = index.manifests.flatMap((entry) => {
    if (nameOf(entry) !== name) return [entry];
    const isNamedOtherwise = index.manifests.some(
      (other) => other.digest === entry.digest && nameOf(other) !== name,
    );
    const { annotations, ...target } = entry;
    return isNamedOtherwise ? [] : [target];
  });
  return { ...index, manifests };
}

function nameOf({ annotations }: Descriptor): string | undefined {
  return annotations?.[REF_NAME];
}
