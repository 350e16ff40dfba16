/** Fields of a header as they stand there, to be wrong in any way. */
interface RawHeader {
  name?: string | Buffer;
  mode?: string;
  uid?: string | Buffer;
  gid?: string;
  size?: number | string | Buffer;
  mtime?: string | Buffer;
  typeflag?: string;
  link?: string;
  magic?: string;
  major?: string;
  minor?: string;
  prefix?: string;
  /** More bytes, by where they stand. */
  others?: Record<number, string | Buffer>;
}

/** A block with a checksum that is right. */
export function rawHeader(header: RawHeader = {}): Buffer {
  const { name = 'file', size = 0, typeflag = '0', magic = 'ustar\u000000' } = header;
  const block = Buffer.alloc(512);
  const put = (at: number, value: string | Buffer) => Buffer.from(value as string, 'latin1').copy(block, at);
  put(0, name);
  put(100, header.mode ?? '0000644\0');
  put(108, header.uid ?? '0000000\0');
  put(116, header.gid ?? '0000000\0');
  put(124, typeof size === 'number' ? size.toString(8).padStart(11, '0') : size);
  put(136, header.mtime ?? '00000000000\0');
  put(156, typeflag);
  put(157, header.link ?? '');
  put(257, magic);
  put(329, header.major ?? '');
  put(337, header.minor ?? '');
  put(345, header.prefix ?? '');
  for (const [at, value] of Object.entries(header.others ?? {})) put(Number(at), value);
  return sealed(block);
}

export function sealed(block: Buffer): Buffer {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Filled up to a whole block. */
export function filled(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as string, 'latin1');
  return Buffer.concat([bytes], Math.ceil(bytes.length / 512) * 512);
}

/** A header with what belongs to it. */
export function raw(header: RawHeader, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as string, 'latin1');
  return Buffer.concat([rawHeader({ size: bytes.length, ...header }), filled(bytes)]);
}

/** An extended header with records, their lengths made right. Text is of bytes. */
export function extended(
  records: readonly (readonly [key: string, value: string])[],
  typeflag = 'x',
): Buffer {
  const lines = records.map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = rest.length;
    while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
    return `${length}${rest}`;
  });
  return raw({ name: 'PaxHeader', typeflag }, lines.join(''));
}

export const end = Buffer.alloc(1024);
