import { setImmediate } from 'node:timers/promises';
import { ScError } from '../errors/error.ts';
import { during } from '../errors/reason.ts';
import { resolveIdentity } from '../identity/resolve.ts';
import type { TarSink } from '../image/tar/entry.ts';
import type { Owner } from '../linux/credentials.ts';
import { writeFully } from '../linux/descriptor.ts';
import type { CopyRequest, CopyResult } from '../schema/operations/copy.ts';
import type { Caller } from './caller.ts';
import { Count } from './copy/count.ts';
import { findDestination, findDirectory } from './copy/destination.ts';
import { LeftOut } from './copy/left-out.ts';
import { childPath, type Root } from './copy/root.ts';
import { withRoots } from './copy/roots.ts';
import { findSources, type Source } from './copy/source.ts';
import { readTar } from './copy/tar-input.ts';
import { TarOutput } from './copy/tar-output.ts';
import { TreeWriter } from './copy/tree-writer.ts';
import { identityOf, walk } from './copy/walk.ts';
import { shown } from './copy/words.ts';
import type { Settings } from './settings.ts';
import { openWorkplace } from './workplace.ts';

/** A place in a root. */
interface Side {
  root: Root;
  path: Buffer;
}

/** Milliseconds for which nobody else gets a turn. */
const TURN = 50;

/**
 * Copies files into, out of and between containers, whether they run or not. Nothing outside of the named places is read
 * or written, whatever is changed in a container meanwhile, and nothing of a container is executed. A file is in its
 * place whole or not at all; what was copied is on the disk when this resolves.
 *
 * Throws SC_USAGE for places between which nothing is copied, SC_NOT_FOUND, SC_WRONG_STATE, SC_UNSUPPORTED, SC_BAD_IMAGE
 * for a tar that cannot be read, and SC_STORAGE_FAILED for what does not fit together and what the kernel refuses.
 */
export async function copy(request: CopyRequest, settings: Settings, caller: Caller): Promise<CopyResult> {
  checkPlaces(request);
  const place = await openWorkplace(settings);
  const leftOut = new LeftOut();
  const count = new Count();
  const sources = await withRoots(place, caller, request, (from, to) =>
    during('SC_STORAGE_FAILED', 'copy', async () => {
      if (to === undefined) return copyToTar(from, request, { count, leftOut, caller });
      const owner = ownerFor(to.root, request);
      const writing = { owner, isArchive: request.archive ?? false, leftOut };
      if (from === undefined) {
        const trail = findDirectory(to.root, to.path);
        await closing(new TreeWriter(trail, writing), (writer) => readTar(caller, count.of(writer)));
        return ['-'];
      }
      return copyToTree(from, to, request, { writing, count, leftOut, caller });
    }),
  );
  return { sources, entries: count.entries, bytes: count.bytes, leftOut: leftOut.list };
}

/** Each kind of place with another, but for those that other programs copy between. */
function checkPlaces({ source, destination, owner }: CopyRequest): void {
  const refuse = (why: string, hint: string) => new ScError('SC_USAGE', `copy: ${why}`, { hint });
  if (source.kind !== 'container' && destination.kind !== 'container')
    throw refuse(
      'neither the source nor the destination is in a container',
      'NAME:PATH is, and ./a:b is not',
    );
  if (owner !== undefined && destination.kind !== 'container')
    throw refuse('an owner is for what goes into a container', 'leave --chown out');
}

/** Whose all of it is to be, by the container's own files; undefined where everything keeps its owner. */
function ownerFor(root: Root, { owner, archive }: CopyRequest): Owner | undefined {
  if (owner !== undefined) return resolveIdentity(owner, [`/proc/self/fd/${root.descriptor}`]);
  if (archive) return undefined;
  return root.isHost ? { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 } : { uid: 0, gid: 0 };
}

interface Copying {
  count: Count;
  leftOut: LeftOut;
  caller: Caller;
}

async function copyToTar(
  from: Side | undefined,
  { archive, followLink }: CopyRequest,
  copying: Copying,
): Promise<string[]> {
  if (from === undefined) throw new Error('one of both is a container');
  const { caller, count } = copying;
  const output = new TarOutput((bytes) => writeFully(caller.stdout.descriptor, bytes));
  return withSources(from, followLink ?? false, async (sources) => {
    for (const source of sources)
      await drive(source, source.name ?? Buffer.from('.'), count.of(output), { archive, ...copying });
    output.finish();
  });
}

async function copyToTree(
  from: Side,
  to: Side,
  { archive, followLink }: CopyRequest,
  { writing, ...copying }: Copying & { writing: ConstructorParameters<typeof TreeWriter>[1] },
): Promise<string[]> {
  return withSources(from, followLink ?? false, async (sources) => {
    const { trail, tops } = findDestination(to.root, to.path, sources);
    const forbidden = identityOf(trail);
    await closing(new TreeWriter(trail, writing), async (writer) => {
      for (const [index, source] of sources.entries())
        await drive(source, tops[index] ?? Buffer.alloc(0), copying.count.of(writer), {
          archive,
          forbidden,
          ...copying,
        });
    });
  });
}

async function withSources(
  { root, path }: Side,
  followLink: boolean,
  act: (sources: Source[]) => Promise<void>,
): Promise<string[]> {
  const sources = findSources(root, path, followLink);
  try {
    const words = sources.map(({ found: { trail, name } }) =>
      shown(root, name === undefined ? trail.path : childPath(trail.path, name)),
    );
    await act(sources);
    return words;
  } finally {
    for (const { found } of sources) found.trail.close();
  }
}

async function drive(
  { found }: Source,
  top: Buffer,
  sink: TarSink,
  {
    archive = false,
    forbidden,
    leftOut,
    caller,
  }: Copying & { archive?: boolean | undefined; forbidden?: { dev: bigint; ino: bigint } },
): Promise<void> {
  let turn = performance.now();
  for (const _ of walk(found, top, { sink, withXattrs: archive, forbidden, leftOut })) {
    if (performance.now() - turn < TURN) continue;
    await setImmediate();
    caller.abort?.throwIfAborted();
    turn = performance.now();
  }
}

async function closing(writer: TreeWriter, fill: (writer: TreeWriter) => Promise<void>): Promise<void> {
  try {
    await fill(writer);
    writer.finish();
  } finally {
    writer.close();
  }
}
