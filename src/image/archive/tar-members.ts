import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import type { BlobWriter, Expected, NewBlob } from '../content/blob-writer.ts';
import { checkBlob } from '../content/blob-writer.ts';
import type { Intake } from '../content/intake.ts';
import { checkDocumentSize } from '../format/documents.ts';
import type { TarEntry, TarSink } from '../tar/entry.ts';
import { TarReader } from '../tar/reader.ts';
import { badMember, type Members, memberName } from './members.ts';

/** What an archive may ask for at most. */
export interface ArchiveLimits {
  /** Entries of its tar. */
  members: number;
  /** Bytes of all of them together, without compression. */
  bytes: number;
}

const archiveLimits: ArchiveLimits = { members: 100_000, bytes: 256 * 1024 ** 3 };

/** An image has its layers in no deeper place than `blobs/sha256/<hex>`; what is deeper is a root filesystem. */
const DEEPEST = 3;
/** Links from one member to the next: podman's have one. */
const LONGEST_CHAIN = 8;

/** The members of a tar in any order: each file is written beside the others, links are only remembered. */
export async function readTarMembers(
  chunks: AsyncIterable<Buffer>,
  intake: Intake,
  limits: Partial<ArchiveLimits> = {},
): Promise<Members> {
  const sink = new MemberSink(intake, { ...archiveLimits, ...limits });
  const reader = new TarReader(sink);
  try {
    for await (const chunk of chunks) reader.write(chunk);
    reader.finish();
  } finally {
    sink.abandon();
  }
  return new TarMembers(intake, sink.files, sink.links);
}

class MemberSink implements TarSink {
  readonly files = new Map<string, NewBlob>();
  /** What each link leads to, from the top of the archive. */
  readonly links = new Map<string, string>();
  readonly #intake: Intake;
  readonly #limits: ArchiveLimits;
  #members = 0;
  #bytes = 0;
  #open: { name: string; writer: BlobWriter; size: number } | undefined;

  constructor(intake: Intake, limits: ArchiveLimits) {
    this.#intake = intake;
    this.#limits = limits;
  }

  entry({ path, type, size, link }: TarEntry): void {
    const name = memberName(path.toString());
    this.#count(name, size);
    if (type === 'directory') return;
    if (name.split('/').length > DEEPEST) throw badMember(name, 'an image archive has none so deep');
    if (type === 'file') {
      this.#open = { name, writer: this.#intake.writer(`member "${name}"`), size };
    } else if (type === 'symlink' || type === 'hardlink') {
      if (this.files.has(name) || this.links.has(name)) throw badMember(name, 'it is there twice');
      const from = type === 'symlink' ? posix.dirname(name) : '';
      const text = link.toString();
      this.links.set(name, memberName(text.startsWith('/') ? text : posix.join(from, text)));
    } else {
      throw badMember(name, 'it is a device or a FIFO');
    }
  }

  data(bytes: Buffer, offset: number): void {
    if (this.#open === undefined) return;
    const { writer, name } = this.#open;
    if (offset !== writer.size) throw badMember(name, 'it is sparse, which no image archive needs');
    writer.write(bytes);
  }

  end(): void {
    if (this.#open === undefined) return;
    const { name, writer, size } = this.#open;
    if (writer.size !== size) throw badMember(name, 'it is sparse, which no image archive needs');
    const blob = writer.finish();
    const isOther = this.files.has(name) && this.files.get(name)?.digest !== blob.digest;
    // Two readers may take two different ones for the image.
    if (isOther || this.links.has(name)) throw badMember(name, 'it is there twice');
    this.files.set(name, blob);
    this.#open = undefined;
  }

  abandon(): void {
    this.#open?.writer.abandon();
  }

  #count(name: string, size: number): void {
    this.#members++;
    this.#bytes += size;
    if (this.#members > this.#limits.members)
      throw badMember(name, `there are more than ${this.#limits.members}`);
    if (this.#bytes > this.#limits.bytes)
      throw badMember(name, `with it there are ${this.#bytes} bytes, and ${this.#limits.bytes} are allowed`);
  }
}

class TarMembers implements Members {
  readonly #intake: Intake;
  readonly #files: ReadonlyMap<string, NewBlob>;
  readonly #links: ReadonlyMap<string, string>;

  constructor(intake: Intake, files: ReadonlyMap<string, NewBlob>, links: ReadonlyMap<string, string>) {
    this.#intake = intake;
    this.#files = files;
    this.#links = links;
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  read(name: string): Buffer {
    const { path, size } = this.#get(name);
    checkDocumentSize(`member "${name}"`, size);
    return readFileSync(path);
  }

  async take(name: string, what: string, expected: Expected): Promise<NewBlob> {
    const blob = this.#get(name);
    checkBlob(blob, what, expected);
    return this.#intake.adopt(blob);
  }

  #get(name: string): NewBlob {
    const blob = this.#find(name);
    if (blob === undefined) throw badMember(name, 'it is missing');
    return blob;
  }

  #find(name: string): NewBlob | undefined {
    let at = memberName(name);
    for (let links = 0; links <= LONGEST_CHAIN; links++) {
      const next = this.#links.get(at);
      if (next === undefined) return this.#files.get(at);
      at = next;
    }
    throw badMember(name, `it leads over more than ${LONGEST_CHAIN} links`);
  }
}
