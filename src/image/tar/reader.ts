import { BLOCK_SIZE, checkSum, isZero, readHeaderBlock } from './block.ts';
import { type DescribedEntry, describeEntry, readToldMap } from './described-entry.ts';
import type { TarEntry, TarSink } from './entry.ts';
import { ExtendedHeaders, isExtended } from './extended-headers.ts';
import { badTar, Flaw } from './flaw.ts';
import { type TarLimits, tarLimits } from './limits.ts';
import { MapInContent, readMapBlock, readMapOfHeader, SparseMap, wholeMap } from './sparse-map.ts';

/**
 * What the next bytes are:
 *
 *    header --> extended --> skip --> header          a header, and the body of an extended one
 *    header --> map or content map --> content        of a sparse file, told where content lies
 *    header --> content --> skip --> header           content, and what fills up its last block
 *    header --> zero --> end                          two blocks of zeros
 */
type State = 'header' | 'extended' | 'map' | 'content map' | 'content' | 'skip' | 'zero' | 'end';

/**
 * Reads a tar in pieces of any size and hands its entries to a sink, keeping no content: formats v7, ustar, pax, GNU and
 * star. Throws SC_BAD_IMAGE for what is damaged, lies, or is more than the limits allow, and after that is of no use.
 */
export class TarReader {
  readonly #sink: TarSink;
  readonly #limits: TarLimits;
  readonly #extended: ExtendedHeaders;
  readonly #partial = Buffer.alloc(BLOCK_SIZE);
  /** Bytes of a block that are in `#partial`. */
  #filled = 0;
  #state: State = 'header';
  #bytes = 0;
  #entries = 0;
  #headers = 0;
  /** Where the last header begins. */
  #header = 0;
  #typeflag = '';
  #body = Buffer.alloc(0);
  /** Bytes of what the state is about that are still to come; while there is content, of its region. */
  #rest = 0;
  /** The path in the last header, for errors. */
  #path: Buffer | undefined;
  #described: DescribedEntry | undefined;
  #map = new SparseMap(0);
  #content: MapInContent | undefined;
  #region = 0;

  constructor(sink: TarSink, limits: Partial<TarLimits> = {}) {
    this.#sink = sink;
    this.#limits = { ...tarLimits, ...limits };
    this.#extended = new ExtendedHeaders(this.#limits.extended);
  }

  /** Bytes that were written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Entries that were handed over so far. */
  get entries(): number {
    return this.#entries;
  }

  /** Takes the next bytes, which may be used for something else afterwards. What the sink throws goes through. */
  write(chunk: Buffer): void {
    this.#naming(() => {
      for (let at = 0; at < chunk.length; ) {
        const taken = this.#take(chunk, at);
        at += taken;
        this.#bytes += taken;
      }
    });
  }

  /** The tar has ended. One without blocks of zeros at its end is whole where it ends behind an entry, as GNU tar has it. */
  finish(): void {
    this.#naming(() => {
      const isBetween = (this.#state === 'header' || this.#state === 'zero') && this.#filled === 0;
      if (this.#state === 'header') this.#look(this.#bytes - this.#filled);
      if (this.#state !== 'end' && !isBetween) throw new Flaw(`the tar is cut off at byte ${this.#bytes}`);
      if (this.#extended.isPending) throw new Flaw('an extended header is the last');
    });
  }

  #naming(run: () => void): void {
    try {
      run();
    } catch (error) {
      throw error instanceof Flaw ? badTar(error.message, this.#header, this.#path) : error;
    }
  }

  /** Answers how many bytes were taken, one at least. */
  #take(chunk: Buffer, at: number): number {
    switch (this.#state) {
      case 'content':
        return this.#takeContent(chunk, at);
      case 'skip':
        return this.#skip(Math.min(this.#rest, chunk.length - at));
      case 'extended':
        return this.#takeBody(chunk, at);
      case 'end':
        if (!isZero(chunk.subarray(at))) throw new Flaw('more follows behind the end of the tar');
        return chunk.length - at;
      default:
        return this.#gather(chunk, at);
    }
  }

  /** Blocks are read where they lie, unless they are cut. */
  #gather(chunk: Buffer, at: number): number {
    if (this.#filled === 0 && chunk.length - at >= BLOCK_SIZE) {
      this.#takeBlock(chunk.subarray(at, at + BLOCK_SIZE), this.#bytes);
      return BLOCK_SIZE;
    }
    const taken = chunk.copy(this.#partial, this.#filled, at, at + BLOCK_SIZE - this.#filled);
    this.#filled += taken;
    if (this.#filled < BLOCK_SIZE) return taken;
    this.#filled = 0;
    this.#takeBlock(this.#partial, this.#bytes + taken - BLOCK_SIZE);
    return taken;
  }

  #takeBlock(block: Buffer, position: number): void {
    switch (this.#state) {
      case 'map':
        if (!readMapBlock(block, this.#map)) this.#begin();
        break;
      case 'content map':
        this.#rest -= BLOCK_SIZE;
        if (this.#content?.take(block)) this.#begin();
        else if (this.#rest <= 0) throw new Flaw('its sparse map is longer than its content');
        break;
      case 'zero':
        this.#look(position);
        if (!isZero(block))
          throw new Flaw('more follows behind the end of the tar, which is one block of zeros');
        this.#state = 'end';
        break;
      default:
        this.#look(position);
        this.#takeHeader(block);
    }
  }

  /** From here on errors are about what begins there. */
  #look(position: number): void {
    this.#header = position;
    this.#path = undefined;
  }

  #takeHeader(block: Buffer): void {
    if (isZero(block)) {
      this.#state = 'zero';
      return;
    }
    this.#headers++;
    if (this.#headers > this.#limits.headers) throw new Flaw(`over ${this.#limits.headers} headers`);
    checkSum(block);
    const header = readHeaderBlock(block);
    if (isExtended(header.typeflag)) {
      this.#beginExtended(header.typeflag, header.size);
    } else if (header.typeflag === 'V') {
      // The label of a tape says nothing of files.
      this.#beginSkip(padded(header.size));
    } else {
      this.#path = header.path;
      this.#described = describeEntry(header, this.#extended);
      this.#path = this.#described.entry.path;
      this.#beginEntry(this.#described, header.typeflag === 'S' ? block : undefined);
    }
  }

  #beginExtended(typeflag: string, size: number): void {
    if (size < 0 || size > this.#limits.extended)
      throw new Flaw(`an extended header has ${size} bytes, and may have ${this.#limits.extended}`);
    this.#typeflag = typeflag;
    this.#body = Buffer.alloc(size);
    this.#rest = size;
    this.#state = 'extended';
    if (size === 0) this.#endExtended();
  }

  #takeBody(chunk: Buffer, at: number): number {
    const taken = chunk.copy(this.#body, this.#body.length - this.#rest, at, at + this.#rest);
    this.#rest -= taken;
    if (this.#rest === 0) this.#endExtended();
    return taken;
  }

  #endExtended(): void {
    this.#extended.take(this.#typeflag, this.#body);
    this.#beginSkip(padded(this.#body.length) - this.#body.length);
  }

  #beginEntry(described: DescribedEntry, sparseHeader: Buffer | undefined): void {
    const { entry, stored, hasContent } = described;
    this.#map = new SparseMap(this.#limits.regions);
    const told = readToldMap(described, this.#extended, this.#map);
    if (sparseHeader !== undefined) {
      if (told !== 'none') throw new Flaw('it has two sparse maps');
      const { size, isContinued } = readMapOfHeader(sparseHeader, this.#map);
      entry.size = size;
      if (isContinued) this.#state = 'map';
      else this.#begin();
    } else if (told === 'content') {
      this.#content = new MapInContent(this.#map);
      this.#rest = stored;
      this.#state = 'content map';
    } else {
      if (told === 'none') this.#map = wholeMap(hasContent ? stored : 0);
      this.#begin();
    }
  }

  /** All is known of the entry. */
  #begin(): void {
    const { entry, stored, hasContent } = this.#known();
    const isMapInContent = this.#state === 'content map';
    this.#map.check(entry.size, hasContent ? (isMapInContent ? this.#rest : stored) : 0);
    this.#extended.next();
    this.#entries++;
    this.#sink.entry(entry);
    this.#region = 0;
    this.#rest = this.#map.lengths[0] ?? 0;
    if (this.#rest > 0) this.#state = 'content';
    else this.#end(hasContent ? 0 : padded(stored));
  }

  #takeContent(chunk: Buffer, at: number): number {
    const piece = chunk.subarray(at, at + this.#rest);
    const offset = this.#map.offsets[this.#region] ?? 0;
    const length = this.#map.lengths[this.#region] ?? 0;
    this.#sink.data(piece, offset + length - this.#rest);
    this.#rest -= piece.length;
    if (this.#rest === 0) this.#nextRegion();
    return piece.length;
  }

  #nextRegion(): void {
    this.#region++;
    this.#rest = this.#map.lengths[this.#region] ?? 0;
    if (this.#rest > 0) return;
    const { stored } = this.#known();
    this.#end(padded(stored) - stored);
  }

  #end(skipped: number): void {
    this.#sink.end();
    this.#beginSkip(skipped);
  }

  #beginSkip(bytes: number): void {
    this.#rest = bytes;
    this.#state = bytes === 0 ? 'header' : 'skip';
  }

  #skip(bytes: number): number {
    this.#beginSkip(this.#rest - bytes);
    return bytes;
  }

  #known(): DescribedEntry & { entry: TarEntry } {
    if (this.#described === undefined) throw new Flaw('no entry has begun');
    return this.#described;
  }
}

/** Up to a whole block. */
function padded(size: number): number {
  return Math.ceil(size / BLOCK_SIZE) * BLOCK_SIZE;
}
