import { type BigIntStats, closeSync, fstatSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { errnoOf, failure } from '../../errors/reason.ts';
import { isWhiteout } from '../../linux/merged-layers.ts';
import type { TarEntry } from '../tar/entry.ts';
import { shownPath } from '../tar/flaw.ts';
import { TarWriter } from '../tar/writer.ts';
import { OPAQUE_MARKER, WHITEOUT_PREFIX } from './entry-name.ts';
import { layerLimits } from './limits.ts';
import { describeSource, pathInTar, readContent, type Source } from './source.ts';

/** Makes the entries of a layer from what `open` opens (O_PATH), by names from the root. */
export class Packer {
  readonly #open: (names: readonly string[]) => number;
  readonly #writer = new TarWriter();
  /** Paths in the tar of what has several names, by inode. */
  readonly #linked = new Map<string, Buffer>();

  constructor(open: (names: readonly string[]) => number) {
    this.#open = open;
  }

  /** An entry with its content. `then` is given the source while it is open. */
  *add(names: readonly string[], then?: (source: Source) => Generator<Buffer>): Generator<Buffer> {
    let descriptor: number | undefined;
    try {
      descriptor = this.#open(names);
      yield* this.#pack({ descriptor, names, stats: fstatSync(descriptor, { bigint: true }) }, then);
    } catch (error) {
      if (error instanceof ScError && error.code !== 'SC_SYSTEM_CALL') throw error;
      if (errnoOf(error) === undefined) throw error;
      throw failure('SC_STORAGE_FAILED', `pack "${shownPath(pathInTar(names, false))}"`, error);
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }

  *#pack(source: Source, then?: (source: Source) => Generator<Buffer>): Generator<Buffer> {
    checkSource(source);
    const entry = describeSource(source);
    if (entry === undefined) return;
    const first = this.#firstOf(source, entry);
    if (first !== undefined) {
      yield* this.#write({ ...entry, type: 'hardlink', size: 0, link: first, xattrs: new Map() });
      return;
    }
    yield this.#writer.begin(entry);
    if (entry.type === 'file')
      for (const bytes of readContent(source, entry.size)) yield this.#writer.content(bytes);
    yield this.#writer.end();
    if (then !== undefined) yield* then(source);
  }

  /** The first name in the tar of an inode that has several. */
  #firstOf({ stats }: Source, { path }: TarEntry): Buffer | undefined {
    if (stats.isDirectory() || stats.nlink < 2n) return undefined;
    const inode = `${stats.dev}:${stats.ino}`;
    const first = this.#linked.get(inode);
    if (first === undefined) this.#linked.set(inode, path);
    return first;
  }

  /** What takes a name of the layers below away. */
  *whiteOut(names: readonly string[]): Generator<Buffer> {
    const name = names.at(-1) ?? '';
    yield* this.#mark([...names.slice(0, -1), `${WHITEOUT_PREFIX}${name}`]);
  }

  /** What takes all that the layers below have in a directory away. */
  *makeOpaque(names: readonly string[]): Generator<Buffer> {
    yield* this.#mark([...names, OPAQUE_MARKER]);
  }

  *finish(): Generator<Buffer> {
    yield this.#writer.finish();
  }

  *#mark(names: readonly string[]): Generator<Buffer> {
    yield* this.#write({
      ...{ path: pathInTar(names, false), type: 'file', mode: 0o600, uid: 0, gid: 0, mtime: 0n, size: 0 },
      ...{ link: Buffer.alloc(0), deviceMajor: 0, deviceMinor: 0, xattrs: new Map() },
    });
  }

  *#write(entry: TarEntry): Generator<Buffer> {
    yield this.#writer.begin(entry);
    yield this.#writer.end();
  }
}

function checkSource({ names, stats }: Source): void {
  const problem = problemOf(names.at(-1), stats);
  if (problem === undefined) return;
  const path = shownPath(pathInTar(names, false));
  throw new ScError('SC_UNSUPPORTED', `pack "${path}": in a layer, ${problem}`, {
    hint: 'remove it, or give it another name',
  });
}

/** What who unpacks would take for a mark that something is deleted, or refuse after all of it was written. */
function problemOf(name: string | undefined, stats: BigIntStats): string | undefined {
  if (name?.startsWith(WHITEOUT_PREFIX))
    return `a name that begins with "${WHITEOUT_PREFIX}" would take another away`;
  if (isWhiteout(stats)) return 'a character device 0:0 would take its name away';
  // Holes take no room on the disk, and all of theirs in a tar.
  if (stats.isFile() && stats.size > layerLimits.bytes)
    return `it would be ${stats.size} bytes, and ${layerLimits.bytes} are the most`;
  return undefined;
}
