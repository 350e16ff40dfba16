import { rmdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SourceDocument } from '../document/source-document.ts';
import { ScError } from '../errors/error.ts';
import { errnoOf, reason } from '../errors/reason.ts';
import type { UndoStack } from '../execute/undo.ts';
import { isErrno } from '../linux/descriptor.ts';
import { type MountSource, makeSource, statSource } from '../linux/mount-source.ts';
import { isRunnable } from '../plan/runnable.ts';
import type { VolumeFacts } from '../plan/volumes.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';

/** What a plan says of the sources and volumes that are not there, and need not be. */
export function remarksOnSources(
  { value }: SourceDocument,
  documents: readonly SourceDocument[],
  directory: string,
  { known }: VolumeFacts,
): { path: string; message: string }[] {
  if (!isRunnable(value)) return [];
  return (value.mounts ?? []).flatMap(({ bind, volume, subpath, ifMissing = 'fail' }, index) => {
    const path = `mounts[${index}]`;
    if (typeof volume === 'string') {
      if (ifMissing === 'fail' || known.has(volume) || isDeclared(documents, volume)) return [];
      const what = ifMissing === 'create' ? 'it is made' : 'the mount is left out';
      return [{ path, message: `there is no volume "${volume}": ${what}` }];
    }
    if (bind === undefined || ifMissing === 'fail') return [];
    const source = { source: resolve(directory, bind), ...(subpath !== undefined && { subpath }) };
    if (!isMissing(source)) return [];
    const what = ifMissing === 'create' ? 'an empty directory is made' : 'the mount is left out';
    return [{ path, message: `its source is not there: ${what}` }];
  });
}

/** Whether a volume is made by a document of the same file. */
export function isDeclared(documents: readonly SourceDocument[], volume: string): boolean {
  return documents.some(({ value }) => value.kind === 'Volume' && value.metadata.name === volume);
}

/**
 * Makes the sources that are to be made where they are missing. If the container does not start, those that
 * are still empty are taken away again; once it has run they are the user's.
 */
export function makeMissingSources({ name, mounts }: ContainerSpec, undo: UndoStack): void {
  for (const mount of mounts) {
    // A volume is made otherwise.
    if (mount.type === 'bind' && mount.volume === undefined) makeMissingSource(name, mount, undo);
  }
}

/** The same of one mount of the container of this name. */
export function makeMissingSource(
  name: string,
  mount: ContainerSpec['mounts'][number] & { type: 'bind' },
  undo: UndoStack,
): void {
  if (mount.ifMissing !== 'create' || !isMissing(mount)) return;
  try {
    makeSource(mount, (path) => undo.push(name, async () => removeIfEmpty(path)));
  } catch (cause) {
    const errno = errnoOf(cause);
    const words = `make "${join(mount.source, mount.subpath ?? '')}", the source of a mount on "${mount.target}"`;
    throw new ScError('SC_START_FAILED', `${words}: ${errno ?? reason(cause)}`, {
      cause,
      ...(errno !== undefined && { errno }),
    });
  }
}

/** What cannot be looked at is told where it is mounted. */
function isMissing(source: MountSource): boolean {
  try {
    statSource(source);
    return false;
  } catch (error) {
    return isErrno(error, 'ENOENT');
  }
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'ENOTDIR'].some((errno) => isErrno(error, errno))) throw error;
  }
}
