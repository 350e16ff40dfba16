import { Flaw } from './flaw.ts';
import { readDecimal, readPaxRecords, readTime } from './pax-records.ts';
import { readBase64, readEscapedXattrName, readXattrName } from './xattr-name.ts';

/*
 * Headers that speak of the next entry, by their typeflag:
 *
 *    x  records of pax(1), "pax Extended Header"; X is the same of Solaris
 *    g  such records for all entries that follow
 *    L  its path, K its link, where GNU tar found them too long for a header
 */
const typeflags = ['x', 'X', 'g', 'L', 'K'];

export function isExtended(typeflag: string): boolean {
  return typeflags.includes(typeflag);
}

const schily = 'SCHILY.xattr.';
const libarchive = 'LIBARCHIVE.xattr.';

/** Only of one file can be said what these say. */
const ofOneFile = /^(path|linkpath|size|GNU\.sparse\..*|(SCHILY|LIBARCHIVE)\.xattr\..*)$/;

/** What such headers have said so far. */
export class ExtendedHeaders {
  readonly #largest: number;
  readonly #global = new Map<string, Buffer>();
  #records = new Map<string, Buffer>();
  #xattrs = new Map<string, Buffer>();
  #longNames = new Map<string, Buffer>();
  /** Numbers of GNU.sparse.offset and GNU.sparse.numbytes, which come again and again. */
  #pairs: string[] = [];
  #seen = '';

  /** `largest` is how many bytes all global records together may have. */
  constructor(largest: number) {
    this.#largest = largest;
  }

  /** Whether the entry is still to come of which something was said. */
  get isPending(): boolean {
    return this.#seen !== '';
  }

  /** Takes a whole header. Throws Flaw. */
  take(typeflag: string, body: Buffer): void {
    if (typeflag === 'g') {
      this.#takeGlobal(body);
      return;
    }
    const kind = typeflag === 'X' ? 'x' : typeflag;
    if (this.#seen.includes(kind)) throw new Flaw(`it has two extended headers of type "${kind}"`);
    this.#seen += kind;
    if (kind === 'x') for (const { key, value } of readPaxRecords(body)) this.#takeRecord(key, value);
    else this.#takeLongName(kind === 'L' ? 'path' : 'linkpath', body);
  }

  /** Forgets what was about one entry. */
  next(): void {
    if (!this.isPending) return;
    this.#records = new Map();
    this.#xattrs = new Map();
    this.#longNames = new Map();
    this.#pairs = [];
    this.#seen = '';
  }

  /** Bytes without NUL. */
  name(key: string): Buffer | undefined {
    const value = this.#value(key);
    const long = this.#longNames.get(key);
    if (value?.includes(0)) throw new Flaw(`its ${key} has a NUL`);
    // GNU tar takes the one then, and Go the other.
    if (value !== undefined && long !== undefined && !value.equals(long))
      throw new Flaw(`it has two of ${key}`);
    return value ?? long;
  }

  text(key: string): string | undefined {
    return this.#value(key)?.toString('latin1');
  }

  number(key: string): number | undefined {
    const text = this.text(key);
    return text === undefined ? undefined : readDecimal(text, key);
  }

  time(key: string): bigint | undefined {
    const text = this.text(key);
    return text === undefined ? undefined : readTime(text, key);
  }

  /** The entry keeps them, so these are not the ones of the next. */
  get xattrs(): ReadonlyMap<string, Buffer> {
    return this.#xattrs.size === 0 ? none : this.#xattrs;
  }

  /** As in GNU.sparse.map; undefined where there was none of them. */
  get sparsePairs(): string | undefined {
    return this.#pairs.length === 0 ? undefined : this.#pairs.join(',');
  }

  /** An empty record takes back what was said of all entries. */
  #value(key: string): Buffer | undefined {
    const value = this.#records.get(key) ?? this.#global.get(key);
    return value?.length === 0 ? undefined : value;
  }

  #takeGlobal(body: Buffer): void {
    for (const { key, value } of readPaxRecords(body)) {
      if (ofOneFile.test(key)) throw new Flaw(`a global header gives all entries one "${key}"`);
      checkCharset(key, value);
      this.#global.set(key, Buffer.from(value));
    }
    let bytes = 0;
    for (const [key, value] of this.#global) bytes += key.length + value.length;
    if (bytes > this.#largest) throw new Flaw(`global headers have over ${this.#largest} bytes`);
  }

  #takeRecord(key: string, value: Buffer): void {
    checkCharset(key, value);
    if (key.startsWith(schily)) {
      this.#xattrs.set(readXattrName(key.slice(schily.length)), Buffer.from(value));
    } else if (key.startsWith(libarchive)) {
      // libarchive says the same twice, and the other form is plainer.
      const name = readEscapedXattrName(key.slice(libarchive.length));
      if (!this.#xattrs.has(name)) this.#xattrs.set(name, readBase64(value));
    } else if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') {
      const isTurn = (key === 'GNU.sparse.offset') === (this.#pairs.length % 2 === 0);
      if (!isTurn) throw new Flaw('its sparse map is not in order');
      this.#pairs.push(value.toString('latin1'));
    } else {
      this.#records.set(key, Buffer.from(value));
    }
  }

  /** It ends with NULs, or without. */
  #takeLongName(key: string, body: Buffer): void {
    const end = body.indexOf(0);
    const name = Buffer.from(end === -1 ? body : body.subarray(0, end));
    if (body.subarray(name.length).some((byte) => byte !== 0)) throw new Flaw(`its ${key} has a NUL`);
    this.#longNames.set(key, name);
  }
}

const none: ReadonlyMap<string, Buffer> = new Map();

/** Names are bytes to us, so these two are alike; in others, bytes would have to be made others. */
const charsets = ['', 'BINARY', 'ISO-IR 10646 2000 UTF-8'];

function checkCharset(key: string, value: Buffer): void {
  if (key === 'hdrcharset' && !charsets.includes(value.toString('latin1')))
    throw new Flaw(`its names are in "${value.toString('latin1').slice(0, 40)}", which is not read here`);
}
