/** One entry of a tar as a test wants it: also as no program would write it. */
export interface MadeEntry {
  path: string | Buffer;
  /** One byte, by pax(1): `0` is a file, `5` a directory. A file by default. */
  typeflag?: string;
  content?: string | Buffer;
  link?: string | Buffer;
  mode?: number;
  uid?: number;
  gid?: number;
  mtime?: number;
  /** What the header says; without it the length of the content. */
  size?: number;
  major?: number;
  minor?: number;
  /** Records of an extended header before it. */
  records?: Readonly<Record<string, string | Buffer>>;
}

const BLOCK = 512;

export const file = (
  path: string,
  content: string | Buffer = path,
  more: Partial<MadeEntry> = {},
): MadeEntry => ({
  path,
  content,
  ...more,
});
export const directory = (path: string, more: Partial<MadeEntry> = {}): MadeEntry => ({
  path,
  typeflag: '5',
  mode: 0o755,
  ...more,
});
export const symlink = (path: string, link: string | Buffer, more: Partial<MadeEntry> = {}): MadeEntry => ({
  path,
  typeflag: '2',
  link,
  ...more,
});
export const hardlink = (path: string, link: string | Buffer): MadeEntry => ({ path, typeflag: '1', link });
export const device = (path: string, typeflag: '3' | '4', major: number, minor: number): MadeEntry => ({
  path,
  typeflag,
  major,
  minor,
});
export const fifo = (path: string): MadeEntry => ({ path, typeflag: '6' });

/** The whole of a tar, with the zeros at its end. */
export function madeTar(...entries: readonly (MadeEntry | readonly MadeEntry[])[]): Buffer {
  return Buffer.concat([...entries.flat().map(madeEntry), Buffer.alloc(2 * BLOCK)]);
}

export function madeEntry(entry: MadeEntry): Buffer {
  const { path, link = '', records = {} } = entry;
  const long: { path?: string | Buffer; linkpath?: string | Buffer } = {};
  if (Buffer.byteLength(path) > 100) long.path = path;
  if (Buffer.byteLength(link) > 100) long.linkpath = link;
  const all = { ...long, ...records };
  const body = Buffer.concat(Object.entries(all).map(([key, value]) => record(key, value)));
  const extended =
    body.length === 0 ? [] : [header({ path: 'records', typeflag: 'x', content: body }), padded(body)];
  const content = Buffer.from(entry.content ?? '');
  return Buffer.concat([...extended, header({ ...entry, content }), padded(content)]);
}

function record(key: string, value: string | Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function header(entry: MadeEntry): Buffer {
  const { path, typeflag = '0', content = '', link = '', mode = 0o644, uid = 0, gid = 0 } = entry;
  const { mtime = 1_000_000_000, size = Buffer.byteLength(content), major = 0, minor = 0 } = entry;
  const block = Buffer.alloc(BLOCK);
  Buffer.from(path).copy(block, 0, 0, 100);
  octal(block, mode, 100, 8);
  octal(block, uid, 108, 8);
  octal(block, gid, 116, 8);
  octal(block, size, 124, 12);
  octal(block, mtime, 136, 12);
  block.write(typeflag, 156);
  Buffer.from(link).copy(block, 157, 0, 100);
  block.write('ustar\0' + '00', 257, 'latin1');
  octal(block, major, 329, 8);
  octal(block, minor, 337, 8);
  block.write('        ', 148);
  octal(
    block,
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return block;
}

/** Octal digits, or GNU's form for what they have no room for. */
function octal(block: Buffer, value: number, at: number, length: number): void {
  const digits = value.toString(8).padStart(length - 1, '0');
  if (value >= 0 && digits.length < length) {
    block.write(`${digits}\0`, at, 'latin1');
    return;
  }
  block.fill(value < 0 ? 0xff : 0, at, at + length);
  block.writeBigInt64BE(BigInt(value), at + length - 8);
  block[at] = (block[at] ?? 0) | 0x80;
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
}
