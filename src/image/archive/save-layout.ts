import { randomUUID } from 'node:crypto';
import { closeSync, constants, fsyncSync, mkdirSync, openSync, readdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ScError } from '../../errors/error.ts';
import { during } from '../../errors/reason.ts';
import { syncDirectory } from '../../linux/atomic-file.ts';
import { isErrno, writeFully } from '../../linux/descriptor.ts';
import { lock, lockIfFree } from '../../linux/flock.ts';
import { removeTree } from '../../linux/remove-tree.ts';
import type { Descriptor } from '../../schema/image/descriptor.ts';
import { REF_NAME } from '../content/entries.ts';
import { blobsOf, type Documents, documentsOf } from '../content/image.ts';
import type { BlobSource } from '../content/layer.ts';
import { emptyIndex, layoutFile } from '../content/layout.ts';
import { documentBytes } from '../format/documents.ts';
import { isIndexType } from '../format/media-types.ts';
import { blobMember } from './members.ts';
import { type Member, tarOf } from './tar-file.ts';

/** What is not complete yet. */
const UNFINISHED = '.sc-layout-';
const FORM = new RegExp(`^\\${UNFINISHED}[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`);

/** An image manifest or an index, and the names that it gets in what is written. */
interface Saved {
  names: readonly string[];
  target: Descriptor;
}

/** An OCI image layout as a tar, the same bytes for the same images. */
export function layoutTar(source: Documents & BlobSource, images: readonly Saved[]): AsyncGenerator<Buffer> {
  return tarOf(layoutMembers(source, images));
}

/**
 * An OCI image layout as a directory that is not there yet, or empty. All or nothing: it gets its name when it is
 * whole and on the disk. Throws SC_EXISTS where there is something.
 */
export async function saveLayout(
  source: Documents & BlobSource,
  images: readonly Saved[],
  directory: string,
): Promise<void> {
  await during('SC_STORAGE_FAILED', `save images to "${directory}"`, async () => {
    refuseFilled(directory);
    const release = await lockBeside(dirname(directory));
    const unfinished = join(dirname(directory), `${UNFINISHED}${randomUUID()}`);
    try {
      mkdirSync(unfinished, { mode: 0o755 });
      for (const member of layoutMembers(source, images)) await writeMember(unfinished, member);
      renameSync(unfinished, directory);
      syncDirectory(dirname(directory));
    } catch (error) {
      await removeTree(unfinished);
      if (isErrno(error, 'ENOTEMPTY')) refuseFilled(directory);
      throw error;
    } finally {
      release();
    }
  });
}

/**
 * A directory has a name while it is filled, and who is killed leaves it: the next who writes one beside it takes it
 * away. That nobody is at it is known by the lock of the directory that both are in, which all who write there share.
 */
async function lockBeside(parent: string): Promise<() => void> {
  const opened = openSync(parent, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    if (lockIfFree(opened))
      for (const name of readdirSync(parent)) if (FORM.test(name)) await removeTree(join(parent, name));
    await lock(opened, parent, { shared: true });
  } catch (error) {
    // Filesystems of networks may have no locks; then nothing can be told of others.
    if (!['ENOLCK', 'EOPNOTSUPP', 'EBADF'].some((errno) => isErrno(error, errno))) {
      closeSync(opened);
      throw error;
    }
  }
  return () => closeSync(opened);
}

/** In the order of their names, directories first of what is in them. */
function layoutMembers(source: Documents & BlobSource, images: readonly Saved[]): Member[] {
  const blobs = new Map(
    images.flatMap(({ target }) => needsOf(source, target)).map((blob) => [blob.digest, blob]),
  );
  const sorted = [...blobs.values()].sort((left, right) => (left.digest < right.digest ? -1 : 1));
  return [
    { path: 'blobs/', type: 'directory' },
    { path: 'blobs/sha256/', type: 'directory' },
    ...sorted.map((blob) => ({
      path: blobMember(blob.digest),
      size: blob.size,
      content: source.chunks(blob, 'blob'),
    })),
    file('index.json', documentBytes({ ...emptyIndex(), manifests: images.flatMap(entriesOf) })),
    file('oci-layout', layoutFile),
  ];
}

function needsOf(source: Documents, target: Descriptor): Descriptor[] {
  return documentsOf(source, target).flatMap((document) =>
    isIndexType(document.mediaType) ? [document] : blobsOf(source, document),
  );
}

function entriesOf({ names, target }: Saved): Descriptor[] {
  if (names.length === 0) return [target];
  return names.map((name) => ({ ...target, annotations: { [REF_NAME]: name } }));
}

function file(path: string, bytes: Buffer): Member {
  return { path, size: bytes.length, content: [bytes] };
}

async function writeMember(directory: string, member: Member): Promise<void> {
  const path = join(directory, member.path);
  if (!('content' in member)) {
    mkdirSync(path, { mode: 0o755 });
    return;
  }
  const descriptor = openSync(path, 'wx', 0o644);
  try {
    for await (const chunk of member.content) writeFully(descriptor, chunk);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function refuseFilled(directory: string): void {
  try {
    if (readdirSync(directory).length === 0) return;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    if (!isErrno(error, 'ENOTDIR')) throw error;
  }
  throw new ScError('SC_EXISTS', `save images to "${directory}": there is something`, {
    hint: 'name a directory that is not there yet',
  });
}
