import { closeSync, fstatSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { errnoOf, failure } from '../../errors/reason.ts';
import { isWhiteout } from '../../linux/merged-layers.ts';
import { BLOCK_SIZE, upToBlock } from '../tar/block.ts';
import type { TarEntry } from '../tar/entry.ts';
import { shownPath } from '../tar/flaw.ts';
import { TarWriter } from '../tar/writer.ts';
import { OPAQUE_MARKER, WHITEOUT_PREFIX } from './entry-name.ts';
import type { LayerLimits } from './limits.ts';
import { describeSource, pathInTar, readContent, type Source } from './source.ts';

/**
 * Makes the entries of a layer from what `open` opens (O_PATH), by names from the root. What nobody would unpack again is
 * refused before it is written: holes take no room on the disk, and all of theirs in a tar.
 */
export class Packer {
  readonly #open: (names: readonly string[]) => number;
  readonly #limits: LayerLimits;
  readonly #writer = new TarWriter();
  /** With the end of the tar. */
  #bytes = 2 * BLOCK_SIZE;
  #entries = 0;
  /** Paths in the tar of what has several names, by inode. */
  readonly #linked = new Map<string, Buffer>();

  constructor(open: (names: readonly string[]) => number, limits: LayerLimits) {
    this.#open = open;
    this.#limits = limits;
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
    const problem = problemOf(source);
    if (problem !== undefined) throw refusal(source.names, problem, 'remove it, or give it another name');
    const entry = describeSource(source);
    if (entry === undefined) return;
    const first = this.#firstOf(source, entry);
    if (first !== undefined) {
      const link = { ...entry, type: 'hardlink' as const, size: 0, link: first, xattrs: new Map() };
      yield* this.#write(link, source.names);
      return;
    }
    yield this.#begin(entry, source.names);
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
    const mark: TarEntry = {
      ...{ path: pathInTar(names, false), type: 'file', mode: 0o600, uid: 0, gid: 0, mtime: 0n, size: 0 },
      ...{ link: Buffer.alloc(0), deviceMajor: 0, deviceMinor: 0, xattrs: new Map() },
    };
    yield* this.#write(mark, names);
  }

  *#write(entry: TarEntry, names: readonly string[]): Generator<Buffer> {
    yield this.#begin(entry, names);
    yield this.#writer.end();
  }

  #begin(entry: TarEntry, names: readonly string[]): Buffer {
    const header = this.#writer.begin(entry);
    const { bytes, entries } = this.#limits;
    this.#bytes += header.length + upToBlock(entry.size);
    this.#entries++;
    if (this.#bytes > bytes)
      throw refusal(names, `its ${entry.size} bytes would be too many, and ${bytes} are the most`, LEAVE_OUT);
    if (this.#entries > entries)
      throw refusal(names, `it would be too many, and ${entries} entries are the most`, LEAVE_OUT);
    return header;
  }
}

const LEAVE_OUT = 'remove it, or keep it in a mount';

function refusal(names: readonly string[], problem: string, hint: string): ScError {
  return new ScError(
    'SC_UNSUPPORTED',
    `pack "${shownPath(pathInTar(names, false))}": in a layer, ${problem}`,
    {
      hint,
    },
  );
}

/** What who unpacks would take for a mark that something is deleted. */
function problemOf({ names, stats }: Source): string | undefined {
  if (names.at(-1)?.startsWith(WHITEOUT_PREFIX))
    return `a name that begins with "${WHITEOUT_PREFIX}" would take another away`;
  if (isWhiteout(stats)) return 'a character device 0:0 would take its name away';
  return undefined;
}
