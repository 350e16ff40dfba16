import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TarEntry } from '../../../src/image/tar/entry.ts';
import { TarWriter } from '../../../src/image/tar/writer.ts';
import { collect, refusal } from './collected.ts';
import { entriesWithContent, fileEntry } from './entries.ts';
import { tarOf } from './tar-of.ts';

test('what was written is read, in chunks of any size', () => {
  fc.assert(
    fc.property(
      fc.array(entriesWithContent, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 5 }),
      (given, sizes) => {
        const expected = given.map(({ entry, content }) => ({ ...entry, content, given: content.length }));
        const tar = tarOf(given);
        expect(collect(tar, [tar.length])).toEqual(expected);
        expect(collect(tar, sizes)).toEqual(expected);
      },
    ),
    { numRuns: 300 },
  );
});

test('the bytes depend on nothing but the entry, not even on the order of its attributes', () => {
  const value = Buffer.from('1');
  const names = ['user.ﬀ', 'user.𐀀', 'user.a', 'trusted.b'];
  const one = fileEntry('a', { xattrs: new Map(names.map((name) => [name, value])) });
  const other = fileEntry('a', { xattrs: new Map(names.toReversed().map((name) => [name, value])) });
  expect(tarOf([{ entry: one }])).toEqual(tarOf([{ entry: other }]));
  const keys = /SCHILY\.xattr\.[^=]+/g;
  expect(
    tarOf([{ entry: one }])
      .toString()
      .match(keys),
  ).toEqual(['trusted.b', 'user.a', 'user.ﬀ', 'user.𐀀'].map((name) => `SCHILY.xattr.${name}`));
});

test.each<[string, Partial<TarEntry>, number]>([
  ['whole seconds', { mtime: 1_700_000_000_000_000_000n }, 1],
  ['nanoseconds', { mtime: 1_700_000_000_000_000_001n }, 3],
  ['a time before 1970', { mtime: -1n }, 3],
  ['the last time that octal digits can say', { mtime: (8n ** 11n - 1n) * 1_000_000_000n }, 1],
  ['the next', { mtime: 8n ** 11n * 1_000_000_000n }, 3],
  ['the last user of seven digits', { uid: 0o7777777 }, 1],
  ['the next one', { uid: 0o10000000 }, 3],
  ['a name of 100 bytes', { path: Buffer.alloc(100, 'n') }, 1],
  ['a name of 101', { path: Buffer.alloc(101, 'n') }, 3],
  ['a path that can be cut', { path: Buffer.from(`${'p'.repeat(155)}/${'n'.repeat(100)}`) }, 1],
  ['one that cannot be cut', { path: Buffer.from(`${'p'.repeat(156)}/${'n'.repeat(100)}`) }, 3],
  ['a link of 100 bytes', { type: 'symlink', link: Buffer.alloc(100, 'l') }, 1],
  ['a link of 101', { type: 'symlink', link: Buffer.alloc(101, 'l') }, 3],
  ['the largest size of eleven digits', { size: 8 ** 11 - 1 }, 1],
  ['a larger file', { size: 8 ** 11 }, 3],
])('%s needs this many blocks', (_, others, blocks) => {
  expect(new TarWriter().begin(fileEntry('name', others)).length).toBe(blocks * 512);
});

test('names in records that are no UTF-8 are said to be bytes', () => {
  const bytes = Buffer.alloc(120, 0xff);
  expect(new TarWriter().begin(fileEntry(bytes)).toString('latin1')).toContain('21 hdrcharset=BINARY\n');
  expect(new TarWriter().begin(fileEntry('ü'.repeat(60))).toString()).not.toContain('hdrcharset');
});

test.each([
  ['grows', ['abc', 'd'], 'write "f\\n" into a tar: more than its 3 bytes'],
  ['shrinks', ['ab'], 'write "f\\n" into a tar: less than its 3 bytes'],
])('a file that %s while it is read is an error', (_, chunks, message) => {
  const writer = new TarWriter();
  writer.begin(fileEntry('f\n', { size: 3 }));
  const write = () => {
    for (const chunk of chunks) writer.content(Buffer.from(chunk));
    writer.end();
  };
  expect(refusal(write)).toBe(`SC_STORAGE_FAILED: ${message}`);
});

test('what has no form in a tar is an error', () => {
  const begin = (others: Partial<TarEntry>) => refusal(() => new TarWriter().begin(fileEntry('a', others)));
  expect(begin({ path: Buffer.from('a\0b') })).toBe(
    'SC_INTERNAL: write the header of a tar: the path "a\\u0000b" has no form there',
  );
  expect(begin({ link: Buffer.from('\0') })).toContain('the linkpath');
  expect(begin({ uid: -1 })).toContain('the number "-1"');
  expect(begin({ deviceMajor: 0o10000000 })).toContain('the number "2097152"');
});
