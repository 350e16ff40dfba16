import { expect, test } from 'vitest';
import { type Collected, collect, refusal } from './collected.ts';
import { end, extended, raw, rawHeader } from './raw.ts';

function read(...parts: Buffer[]): Collected[] {
  return collect(Buffer.concat([...parts, end]));
}

function only(...parts: Buffer[]): Collected {
  const [entry, ...others] = read(...parts);
  expect(others).toEqual([]);
  if (entry === undefined) throw new Error('no entry');
  return entry;
}

function refused(...parts: Buffer[]): string | undefined {
  return refusal(() => read(...parts));
}

const long = (typeflag: string, name: string) => raw({ name: '././@LongLink', typeflag }, name);

test('records take the place of fields, and of one entry only', () => {
  const records = extended([
    ['path', 'a\xffb\nc=d'],
    ['linkpath', 'l\xfe'],
    ['uid', '3000000000'],
    ['gid', '4000000000'],
    ['mtime', '1700000000.123456789'],
    ['comment', 'any'],
    ['SCHILY.dev', '1'],
    ['atime', 'what it is does not matter'],
  ]);
  const [first, second] = read(
    records,
    rawHeader({ typeflag: '2', link: 'short' }),
    rawHeader({ name: 'n' }),
  );
  expect(first).toMatchObject({
    path: Buffer.from('a\xffb\nc=d', 'latin1'),
    link: Buffer.from('l\xfe', 'latin1'),
    uid: 3_000_000_000,
    gid: 4_000_000_000,
    mtime: 1_700_000_000_123_456_789n,
  });
  expect(second).toMatchObject({ path: Buffer.from('n'), uid: 0, mtime: 0n });
});

test.each<[string, bigint | undefined]>([
  ['0', 0n],
  ['1', 1_000_000_000n],
  ['1.', 1_000_000_000n],
  ['1.5', 1_500_000_000n],
  ['-1.5', -1_500_000_000n],
  ['1.0000000019', 1_000_000_001n],
  ['9223372036854775807.999999999', 9_223_372_036_854_775_807_999_999_999n],
  ['.5', undefined],
  ['+1', undefined],
  ['1e3', undefined],
  ['0x1', undefined],
  ['1 ', undefined],
  ['1.5.5', undefined],
  ['99999999999999999999', undefined],
])('a time of "%s" is read to the nanosecond, or refused', (text, time) => {
  const records = extended([['mtime', text]]);
  if (time !== undefined) expect(only(records, rawHeader()).mtime).toBe(time);
  else expect(refused(records, rawHeader())).toContain(`its mtime is no time: "${text}"`);
});

test('the last of two records with one name is right, and an empty one is none', () => {
  const records = extended([
    ['path', 'first'],
    ['path', 'second'],
    ['uid', ''],
  ]);
  expect(only(records, rawHeader({ uid: '0000007\0' }))).toMatchObject({
    path: Buffer.from('second'),
    uid: 7,
  });
});

test('X is the same as x', () => {
  expect(only(extended([['path', 'sun']], 'X'), rawHeader()).path.toString()).toBe('sun');
});

test('global records are of all entries that follow, until they are said otherwise', () => {
  const entries = read(
    extended(
      [
        ['uid', '5'],
        ['gid', '6'],
        ['comment', 'of a commit'],
      ],
      'g',
    ),
    rawHeader(),
    extended([
      ['uid', '7'],
      ['gid', ''],
    ]),
    rawHeader(),
    extended([['gid', '8']], 'g'),
    rawHeader(),
  );
  expect(entries).toMatchObject([
    { uid: 5, gid: 6 },
    { uid: 7, gid: 0 },
    { uid: 5, gid: 8 },
  ]);
});

test('a global header between an extended one and its entry takes nothing away', () => {
  const entry = only(extended([['path', 'a']]), extended([['uid', '5']], 'g'), rawHeader());
  expect(entry).toMatchObject({ path: Buffer.from('a'), uid: 5 });
});

test.each(['path', 'linkpath', 'size', 'GNU.sparse.map', 'SCHILY.xattr.user.a', 'LIBARCHIVE.xattr.user.a'])(
  'a global record of "%s" is refused',
  (key) => {
    expect(refused(extended([[key, '1']], 'g'), rawHeader())).toBe(
      `SC_BAD_IMAGE: read the tar: at byte 0: a global header gives all entries one "${key}"`,
    );
  },
);

test('L and K have names that are too long for a header', () => {
  const path = `${'p'.repeat(600)}\xff`;
  const entry = only(
    long('L', `${path}\0`),
    long('K', 'link'),
    rawHeader({ typeflag: '2', magic: 'ustar  \0' }),
  );
  expect(entry.path).toEqual(Buffer.from(path, 'latin1'));
  expect(entry.link.toString()).toBe('link');
});

test('a name with a NUL is refused wherever it stands', () => {
  expect(refused(extended([['path', 'a\0b']]), rawHeader())).toBe(
    'SC_BAD_IMAGE: read the tar: entry "file" at byte 1024: its path has a NUL',
  );
  expect(refused(extended([['linkpath', '\0']]), rawHeader({ typeflag: '2' }))).toContain(
    'its linkpath has a NUL',
  );
  expect(refused(long('L', 'a\0b\0'), rawHeader())).toContain('its path has a NUL');
  expect(refused(long('K', 'a\0b'), rawHeader())).toContain('its linkpath has a NUL');
  expect(refused(extended([['SCHILY.xattr.a\0b', '1']]), rawHeader())).toContain('has no name');
});

test('two that contradict one another are refused, and two that do not are not', () => {
  expect(only(long('L', 'a\0'), extended([['path', 'a']]), rawHeader()).path.toString()).toBe('a');
  expect(refused(long('L', 'a\0'), extended([['path', 'b']]), rawHeader())).toContain('it has two of path');
  for (const typeflag of ['x', 'L', 'K']) {
    const one = typeflag === 'x' ? extended([['path', 'a']]) : long(typeflag, 'a');
    expect(refused(one, one, rawHeader())).toContain(`it has two extended headers of type "${typeflag}"`);
  }
});

test.each([
  ['no length', ' path=a\n'],
  ['a length of 0', '0 path=a\n'],
  ['one that is too short', '4 path=a\n'],
  ['one that is too long', '11 path=a\n'],
  ['one past the end', '99 path=a\n'],
  ['one that is no number', '1x path=a\n'],
  ['a negative one', '-9 path=a\n'],
  ['one of very many digits', `${'0'.repeat(30)}9 path=a\n`],
  ['no newline', '9 path=ab'],
  ['only a length', '9'],
  ['zeros behind', '9 path=a\n\0\0\0'],
])('a record with %s is refused', (_, body) => {
  expect(refused(raw({ typeflag: 'x' }, body), rawHeader())).toMatch(
    /^SC_BAD_IMAGE: read the tar: at byte 0: the length of a record at \d+ of its extended header is wrong$/,
  );
});

test.each([
  ['without "="', '7 path\n'],
  ['without a key', '6 =ab\n'],
  ['with a key that is no UTF-8', '9 p\xffth=a\n'],
])('a record %s is refused', (_, body) => {
  expect(refused(raw({ typeflag: 'x' }, body), rawHeader())).toMatch(
    /a record at 0 of its extended header has no name$/,
  );
});

test('names in a character set that is not read are refused', () => {
  for (const charset of ['BINARY', 'ISO-IR 10646 2000 UTF-8', ''])
    expect(
      only(
        extended([
          ['hdrcharset', charset],
          ['path', 'a\xff'],
        ]),
        rawHeader(),
      ).path.length,
    ).toBe(2);
  for (const typeflag of ['x', 'g'])
    expect(refused(extended([['hdrcharset', 'ISO-IR 8859 1 1998']], typeflag), rawHeader())).toContain(
      'its names are in "ISO-IR 8859 1 1998", which is not read here',
    );
});

test('attributes are bytes, in the form of star, of GNU tar and of libarchive', () => {
  const { xattrs } = only(
    extended([
      ['SCHILY.xattr.user.plain', 'a\0\xff\n='],
      ['SCHILY.xattr.user.empty', ''],
      ['SCHILY.xattr.user.a%3Db', '1'],
      ['SCHILY.xattr.user.100%25', '2'],
      ['SCHILY.xattr.user.50%', '3'],
      ['LIBARCHIVE.xattr.user.only%20there', 'AP8='],
      ['LIBARCHIVE.xattr.user.plain', 'YnV0'],
      ['LIBARCHIVE.xattr.user.unpadded', 'AP8'],
      ['LIBARCHIVE.xattr.user.%C3%BC', ''],
    ]),
    rawHeader(),
  );
  expect(Object.fromEntries([...xattrs].map(([name, value]) => [name, value.toString('hex')]))).toEqual({
    'user.plain': '6100ff0a3d',
    'user.empty': '',
    'user.a=b': '31',
    'user.100%': '32',
    'user.50%': '33',
    'user.only there': '00ff',
    'user.unpadded': '00ff',
    'user.ü': '',
  });
});

test.each([
  ['SCHILY.xattr.', '1', 'is empty'],
  ['LIBARCHIVE.xattr.', '1', 'is empty'],
  ['LIBARCHIVE.xattr.a%00b', 'AA', 'has NUL'],
  ['LIBARCHIVE.xattr.a%FF', 'AA', 'is no UTF-8'],
  ['LIBARCHIVE.xattr.a', '!', 'is no base64'],
  ['LIBARCHIVE.xattr.a', 'AA=A', 'is no base64'],
])('an attribute "%s" of "%s" is refused', (key, value, reason) => {
  expect(refused(extended([[key, value]]), rawHeader())).toContain(reason);
});

test('limits hold', () => {
  const two = Buffer.concat([extended([['comment', 'c'.repeat(500)]]), rawHeader(), rawHeader(), end]);
  const reading = (limits: object) => refusal(() => collect(two, [two.length], limits));
  expect(reading({ headers: 3, extended: 513 })).toBeUndefined();
  expect(reading({ headers: 2 })).toBe('SC_BAD_IMAGE: read the tar: at byte 2048: over 2 headers');
  expect(reading({ extended: 512 })).toBe(
    'SC_BAD_IMAGE: read the tar: at byte 0: an extended header has 513 bytes, and may have 512',
  );
});

test('an extended header that says it is huge takes no memory', () => {
  for (const typeflag of ['x', 'g', 'L', 'K'])
    for (const size of [
      8 ** 11 - 1,
      Buffer.from('801fffffffffffff', 'hex').toString('latin1').padEnd(12, '\0'),
    ])
      expect(refused(rawHeader({ typeflag, size }))).toMatch(/an extended header has \d+ bytes|is no number/);
  expect(refused(rawHeader({ typeflag: 'x', size: Buffer.alloc(12, 0xff) }))).toContain('has -1 bytes');
});

test('global headers together have a limit', () => {
  const many = Array.from({ length: 30 }, (_, turn) => extended([[`k${turn}`, 'v'.repeat(100)]], 'g'));
  const tar = Buffer.concat([...many, rawHeader(), end]);
  expect(collect(tar, [tar.length], { extended: 4000 })).toHaveLength(1);
  expect(refusal(() => collect(tar, [tar.length], { extended: 3000 }))).toContain(
    'global headers have over 3000 bytes',
  );
});
