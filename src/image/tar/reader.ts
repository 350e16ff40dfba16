import { BLOCK_SIZE, checkSum, isZero, readHeaderBlock, upToBlock } from './block.ts';
import { type DescribedEntry, describeEntry, readToldMap } from './described-entry.ts';
import type { TarSink } from './entry.ts';
import { ExtendedHeaders, isExtended } from './extended-headers.ts';
import { badTar, Flaw } from './flaw.ts';
import { type TarLimits, tarLimits } from './limits.ts';
import { Content, Gathering } from './pieces.ts';
import { MapInContent, readMapBlock, readMapOfHeader, SparseMap, wholeMap } from './sparse-map.ts';

/**
 * Reads a tar in chunks of any size and hands its entries to a sink, keeping no content: formats v7, ustar, pax, GNU and
 * star. Throws SC_BAD_IMAGE for what is damaged, lies, or is more than the limits allow, and after that is of no use.
 *
 *    header --> body of an extended header --> header
 *    header --> map of a sparse file, if it is one --> content --> header
 *    zeros  --> zeros --> the end
 */
export class TarReader {
  readonly #sink: TarSink;
  readonly #limits: TarLimits;
  readonly #extended: ExtendedHeaders;
  /** Takes the next bytes of a chunk, one at least, and answers how many. */
  #step: (chunk: Buffer, at: number) => number = () => 0;
  #bytes = 0;
  #entries = 0;
  #headers = 0;
  /** What errors are about: where its header begins, and its path as far as that is known. */
  #header = 0;
  #path: Buffer | undefined;
  /** Where nothing is missing if no more follows. */
  #end = 0;

  constructor(sink: TarSink, limits: Partial<TarLimits> = {}) {
    this.#sink = sink;
    this.#limits = { ...tarLimits, ...limits };
    this.#extended = new ExtendedHeaders(this.#limits.extended);
    this.#expectHeader();
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
      for (let at = 0; at < chunk.length; ) at += this.#step(chunk, at);
    });
  }

  /** The tar has ended: behind its zeros or, as GNU tar and Go have it, behind an entry. */
  finish(): void {
    this.#naming(() => {
      if (this.#bytes !== this.#end) throw new Flaw(`the tar is cut off at byte ${this.#bytes}`);
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

  #expectHeader(): void {
    this.#end = this.#bytes;
    this.#header = this.#bytes;
    this.#path = undefined;
    this.#expect(BLOCK_SIZE, (block) => {
      if (isZero(block)) this.#expectEnd();
      else this.#takeHeader(block);
    });
  }

  #takeHeader(block: Buffer): void {
    this.#headers++;
    if (this.#headers > this.#limits.headers) throw new Flaw(`over ${this.#limits.headers} headers`);
    checkSum(block);
    const header = readHeaderBlock(block);
    if (isExtended(header.typeflag)) {
      this.#expectExtended(header.typeflag, header.size);
    } else if (header.typeflag === 'V') {
      // The label of a tape says nothing of files.
      this.#skip(upToBlock(header.size));
    } else {
      this.#path = header.path;
      const described = describeEntry(header, this.#extended);
      this.#path = described.entry.path;
      this.#takeEntry(described, header.typeflag === 'S' ? block : undefined);
    }
  }

  #expectExtended(typeflag: string, size: number): void {
    if (size < 0 || size > this.#limits.extended)
      throw new Flaw(`an extended header has ${size} bytes, and may have ${this.#limits.extended}`);
    this.#expect(size, (body) => {
      this.#extended.take(typeflag, body);
      this.#skip(upToBlock(size) - size);
    });
  }

  #takeEntry(described: DescribedEntry, oldSparse: Buffer | undefined): void {
    const map = new SparseMap(this.#limits.regions);
    const told = readToldMap(described, this.#extended, map);
    this.#extended.next();
    if (oldSparse !== undefined) {
      if (told !== 'none') throw new Flaw('it has two sparse maps');
      const { size, isContinued } = readMapOfHeader(oldSparse, map);
      described.entry.size = size;
      if (isContinued) this.#expectMap(described, map);
      else this.#begin(described, map);
    } else if (told === 'content') {
      this.#expectMapInContent(described, new MapInContent(map), map);
    } else {
      this.#begin(described, told === 'none' ? wholeMap(described.entry.size) : map);
    }
  }

  #expectMap(described: DescribedEntry, map: SparseMap): void {
    this.#expect(BLOCK_SIZE, (block) => {
      if (readMapBlock(block, map)) this.#expectMap(described, map);
      else this.#begin(described, map);
    });
  }

  #expectMapInContent(described: DescribedEntry, content: MapInContent, map: SparseMap): void {
    if (described.stored < BLOCK_SIZE) throw new Flaw('its sparse map is longer than its content');
    this.#expect(BLOCK_SIZE, (block) => {
      described.stored -= BLOCK_SIZE;
      if (content.take(block)) this.#begin(described, map);
      else this.#expectMapInContent(described, content, map);
    });
  }

  /** All is known of the entry. */
  #begin({ entry, stored, isFile }: DescribedEntry, map: SparseMap): void {
    if (isFile) map.check(entry.size, stored);
    this.#entries++;
    this.#sink.entry(entry);
    const content = new Content(map);
    const end = (): void => {
      this.#sink.end();
      this.#skip(upToBlock(stored) - (isFile ? stored : 0));
    };
    if (content.isComplete) {
      end();
      return;
    }
    this.#step = (chunk, at) => {
      const taken = content.take(chunk, at, this.#sink);
      this.#bytes += taken;
      if (content.isComplete) end();
      return taken;
    };
  }

  /** Goes on behind so many bytes, with a header. */
  #skip(bytes: number): void {
    if (bytes === 0) {
      this.#expectHeader();
      return;
    }
    this.#step = (chunk, at) => {
      const taken = Math.min(bytes, chunk.length - at);
      this.#bytes += taken;
      this.#skip(bytes - taken);
      return taken;
    };
  }

  /** One block of zeros alone is an end too, as GNU tar has it; but nothing may follow that would not be read. */
  #expectEnd(): void {
    this.#end = this.#bytes;
    this.#step = (chunk, at) => {
      if (!isZero(chunk.subarray(at))) throw new Flaw('more follows behind the end of the tar');
      this.#bytes += chunk.length - at;
      this.#end = this.#bytes;
      return chunk.length - at;
    };
  }

  #expect(size: number, take: (bytes: Buffer) => void): void {
    if (size === 0) {
      take(Buffer.alloc(0));
      return;
    }
    const gathering = new Gathering(size);
    this.#step = (chunk, at) => {
      const { taken, whole } = gathering.take(chunk, at);
      this.#bytes += taken;
      if (whole !== undefined) take(whole);
      return taken;
    };
  }
}
