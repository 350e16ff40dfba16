import type { TarEntry } from '../schema/conformance-case.ts';

const BLOCK = 512;

/** Where each field of a header stands, and how many bytes it has (tar(5), "POSIX ustar Archives"). */
const places = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  modified: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  link: [157, 100],
  magic: [257, 8],
  user: [265, 32],
  group: [297, 32],
  major: [329, 8],
  minor: [337, 8],
  prefix: [345, 155],
} as const;

type Field = keyof typeof places;

/**
 * A tar of entries in their order, and two blocks of zeros where it ends. It is written here and not by a runtime's own
 * writer, so that it can be what none would write.
 */
export function tarOf(entries: readonly TarEntry[], ends = true): Buffer {
  return Buffer.concat([...entries.flatMap(entryOf), Buffer.alloc(ends ? 2 * BLOCK : 0)]);
}

function entryOf(entry: TarEntry): Buffer[] {
  const content = contentOf(entry);
  const path = pathOf(entry);
  const target = entry.hardlink ?? entry.link ?? '';
  const records = {
    ...(path.length > places.name[1] && { path: path.toString() }),
    ...(target.length > places.link[1] && { linkpath: target }),
    ...(typeof entry.modified === 'string' && { mtime: entry.modified }),
    ...entry.pax,
  };
  return [
    ...(Object.keys(records).length > 0 ? extended(records) : []),
    header(
      {
        ...fieldsOf(entry, content.length),
        name: path.subarray(0, places.name[1]),
        link: Buffer.from(target).subarray(0, 100),
      },
      entry.fields ?? {},
    ),
    padded(content),
  ];
}

/** A header of pax with records of "LENGTH KEY=VALUE", whose length counts its own digits. */
function extended(records: { readonly [key: string]: string }): Buffer[] {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest;
    while (length !== rest + String(length).length) length = rest + String(length).length;
    return `${length} ${key}=${value}\n`;
  });
  const content = Buffer.from(lines.join(''));
  const fields = { name: 'PaxHeaders/x', mode: octal(0o644, 8), size: octal(content.length, 12), type: 'x' };
  return [header(fields, {}), padded(content)];
}

function fieldsOf(entry: TarEntry, size: number): { [field in Field]?: string } {
  const [uid = 0, gid = 0] = (entry.owner ?? '').split(':').map(Number);
  const [user = '', group = ''] = (entry.names ?? '').split(':');
  const [major = 0, minor = 0] = (entry.character ?? entry.block ?? '').split(':').map(Number);
  return {
    mode: octal(Number.parseInt(entry.mode ?? (entry.directory ? '755' : '644'), 8), 8),
    uid: octal(uid, 8),
    gid: octal(gid, 8),
    size: octal(size, 12),
    modified: octal(Math.max(0, Math.trunc(Number(entry.modified ?? 0))), 12),
    type: typeOf(entry),
    user,
    group,
    major: octal(major, 8),
    minor: octal(minor, 8),
  };
}

function typeOf({ hardlink, link, character, block, directory, fifo }: TarEntry): string {
  if (hardlink !== undefined) return '1';
  if (link !== undefined) return '2';
  if (character !== undefined) return '3';
  if (block !== undefined) return '4';
  if (directory === true) return '5';
  return fifo === true ? '6' : '0';
}

/** The sum is made last, of what stands there, unless the case says another one. */
function header(
  fields: { readonly [field in Field]?: string | Buffer },
  over: { readonly [field: string]: string },
): Buffer {
  const block = Buffer.alloc(BLOCK);
  const all = { magic: 'ustar\u000000', ...fields, ...over };
  for (const [field, [at, length]] of Object.entries(places)) {
    const { [field as Field]: value = '' } = all as { [name in Field]?: string | Buffer };
    Buffer.from(value as string, 'latin1').copy(block, at, 0, length);
  }
  if (over.checksum !== undefined) return block;
  block.fill(' ', places.checksum[0], places.checksum[0] + places.checksum[1]);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, places.checksum[0], 'latin1');
  return block;
}

function pathOf({ path = '', pathBase64 }: TarEntry): Buffer {
  return pathBase64 === undefined ? Buffer.from(path) : Buffer.from(pathBase64, 'base64');
}

function contentOf({ text = '', base64, bytes }: TarEntry): Buffer {
  if (bytes !== undefined) return Buffer.alloc(bytes);
  return base64 === undefined ? Buffer.from(text) : Buffer.from(base64, 'base64');
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
}

function octal(value: number, length: number): string {
  return value.toString(8).padStart(length - 1, '0');
}
