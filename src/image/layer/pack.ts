import { namesIn, openBeneath, statAt } from '../../linux/directory.ts';
import { isOpaque, isWhiteout, joinNames, splitPath } from '../../linux/merged-layers.ts';
import { type LayerLimits, layerLimits } from './limits.ts';
import { Packer } from './packer.ts';
import type { LayerForm } from './place.ts';
import { CHUNK, type Source } from './source.ts';

export interface LayerChange {
  kind: 'added' | 'modified' | 'deleted';
  /** From the root, of any bytes. */
  path: Buffer;
}

/** What a layer says of the layers below it. */
export interface LayerChanges {
  list: Iterable<LayerChange>;
  /** Opens (O_PATH) what a path stands for now, a directory on the way too; no link is followed. */
  open(path: Buffer): number;
}

/**
 * Packs changes as a layer: an uncompressed tar in pieces, the same bytes for the same changes of the same tree,
 * whatever their order. Directories on the way are in it too, so that nobody has to guess what they are. Sockets are
 * left out.
 *
 * Throws SC_STORAGE_FAILED for what cannot be read or is shorter than it was, and SC_UNSUPPORTED for names that a
 * layer cannot have and for more than the limits allow.
 */
export async function* packChanges(
  changes: LayerChanges,
  limits: LayerLimits = layerLimits,
): AsyncGenerator<Buffer> {
  const paths = new Map<string, LayerChange['kind']>();
  for (const { kind, path } of changes.list) {
    const names = splitPath(path);
    for (let depth = 1; depth < names.length; depth++) {
      const parent = names.slice(0, depth).join('/');
      if (!paths.has(parent)) paths.set(parent, 'modified');
    }
    paths.set(names.join('/'), kind);
  }
  const open = (names: readonly string[]) => changes.open(Buffer.from(`/${names.join('/')}`, 'latin1'));
  const packer = new Packer(open, limits);
  yield* inChunks(packPaths(packer, paths));
}

/**
 * Packs all that is in a directory, and the directory itself. In the form `overlay` it is a layer by itself, in which
 * marks of overlay become those of a tar; else it is a whole tree.
 */
export async function* packTree(directory: number, form: LayerForm = 'merged'): AsyncGenerator<Buffer> {
  const packer = new Packer((names) => openBeneath(directory, joinNames(names)), layerLimits);
  yield* inChunks(withEnd(packer, packDirectory(packer, [], form === 'overlay')));
}

function* packPaths(packer: Packer, paths: ReadonlyMap<string, LayerChange['kind']>): Generator<Buffer> {
  // Code units are bytes here, so that this is the order of bytes.
  for (const path of [...paths.keys()].sort()) {
    const names = path === '' ? [] : path.split('/');
    yield* paths.get(path) === 'deleted' ? packer.whiteOut(names) : packer.add(names);
  }
  yield* packer.finish();
}

function* packDirectory(packer: Packer, names: readonly string[], isOverlay: boolean): Generator<Buffer> {
  // Closed before what is in it is opened: a tree may be deeper than there are descriptors.
  let inside: Inside[] = [];
  yield* packer.add(names, function* (source) {
    if (!source.stats.isDirectory()) return;
    inside = listInside(source, isOverlay);
    if (isOverlay && isOpaque(source.descriptor)) yield* packer.makeOpaque(names);
  });
  for (const { name, isWhiteout } of inside) {
    const path = [...names, name];
    yield* isWhiteout ? packer.whiteOut(path) : packDirectory(packer, path, isOverlay);
  }
}

interface Inside {
  name: string;
  isWhiteout: boolean;
}

/** What is in a directory, in the order of bytes. */
function listInside({ descriptor }: Source, isOverlay: boolean): Inside[] {
  return namesIn(descriptor).map((name) => {
    const stats = isOverlay ? statAt(descriptor, name) : undefined;
    return { name: name.toString('latin1'), isWhiteout: stats !== undefined && isWhiteout(stats) };
  });
}

function* withEnd(packer: Packer, pieces: Generator<Buffer>): Generator<Buffer> {
  yield* pieces;
  yield* packer.finish();
}

/** Headers and small files together, for each piece costs whoever takes it some time. */
async function* inChunks(pieces: Iterable<Buffer>): AsyncGenerator<Buffer> {
  let gathered: Buffer[] = [];
  let length = 0;
  for (const piece of pieces) {
    gathered.push(piece);
    length += piece.length;
    if (length < CHUNK) continue;
    yield Buffer.concat(gathered, length);
    gathered = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(gathered, length);
}
