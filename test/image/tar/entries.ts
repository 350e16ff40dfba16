import fc from 'fast-check';
import type { TarEntry } from '../../../src/image/tar/entry.ts';

/** A plain file, with what is said otherwise. */
export function fileEntry(path: string | Buffer, others: Partial<TarEntry> = {}): TarEntry {
  return {
    path: Buffer.from(path),
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: 0n,
    size: 0,
    link: Buffer.alloc(0),
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: new Map(),
    ...others,
  };
}

const byteButNul = fc.integer({ min: 1, max: 255 });

/** Paths of bytes, of lengths about those at which their form changes, none with a slash behind. */
const names = fc
  .oneof(
    fc.array(byteButNul, { minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc
      .array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 5 })
      .map((lengths) => Buffer.from(lengths.map((length) => 'n'.repeat(length)).join('/'))),
  )
  .map((name) => (name.at(-1) === 0x2f ? Buffer.concat([name, Buffer.from('x')]) : name));

const counts = (largest: number) => fc.oneof(fc.nat({ max: 65_536 }), fc.integer({ min: 0, max: largest }));

const xattrNames = fc
  .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
  .map((name) => `user.${name.replaceAll('\0', '0')}`);

const times = fc.oneof(
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.bigInt({ min: 0n, max: 2_000_000_000n }).map((seconds) => seconds * 1_000_000_000n),
);

const common = {
  path: names,
  mode: fc.nat({ max: 0o7777 }),
  uid: counts(2 ** 32 - 1),
  gid: counts(2 ** 32 - 1),
  mtime: times,
  xattrs: fc
    .dictionary(xattrNames, fc.uint8Array({ maxLength: 200 }), { maxKeys: 3 })
    .map((values) => new Map(Object.entries(values).map(([name, value]) => [name, Buffer.from(value)]))),
};

const none = { size: 0, link: Buffer.alloc(0), deviceMajor: 0, deviceMinor: 0 };
const link = names;

/** Any entry that the writer takes, with its content. */
export const entriesWithContent = fc.oneof(
  fc.tuple(fc.record(common), fc.uint8Array({ maxLength: 2000 })).map(([entry, content]) => ({
    entry: { ...entry, ...none, type: 'file' as const, size: content.length },
    content: Buffer.from(content),
  })),
  fc
    .record({ ...common, link, type: fc.constantFrom('symlink' as const, 'hardlink' as const) })
    .map((entry) => ({ entry: { ...none, ...entry }, content: Buffer.alloc(0) })),
  fc
    .record({
      ...common,
      type: fc.constantFrom('character' as const, 'block' as const),
      deviceMajor: fc.nat({ max: 4095 }),
      deviceMinor: fc.nat({ max: 2 ** 20 - 1 }),
    })
    .map((entry) => ({ entry: { ...none, ...entry }, content: Buffer.alloc(0) })),
  fc
    .record({ ...common, type: fc.constantFrom('directory' as const, 'fifo' as const) })
    .map((entry) => ({ entry: { ...entry, ...none }, content: Buffer.alloc(0) })),
);
