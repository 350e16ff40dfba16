import { expect, test } from 'vitest';
import { type Collected, collect, refusal } from './collected.ts';
import { end, extended, filled, raw, rawHeader } from './raw.ts';

const octal = (number: number) => `${number.toString(8).padStart(11, '0')}\0`;
const pairs = (map: readonly number[]) => map.map(octal).join('');

/** A sparse file of ten bytes in each form: `map` are offsets and lengths. */
const forms: Record<string, (map: readonly number[], size: number, content: string) => Buffer> = {
  'GNU, old': (map, size, content) => {
    const blocks = [];
    for (let at = 8; at < map.length; at += 42) {
      const isLast = at + 42 >= map.length;
      const block = filled(pairs(map.slice(at, at + 42)).padEnd(504, '\0') + (isLast ? '' : '\x01'));
      blocks.push(block.length === 0 ? Buffer.alloc(512) : block);
    }
    const others = { 386: pairs(map.slice(0, 8)), 482: blocks.length > 0 ? '\x01' : '', 483: octal(size) };
    const header = rawHeader({ typeflag: 'S', magic: 'ustar  \0', size: content.length, others });
    return Buffer.concat([header, ...blocks, filled(content)]);
  },
  'pax 0.0': (map, size, content) => {
    const records = map.map(
      (number, at) => [`GNU.sparse.${at % 2 === 0 ? 'offset' : 'numbytes'}`, String(number)] as const,
    );
    const head = [
      ['GNU.sparse.size', String(size)],
      ['GNU.sparse.numblocks', String(map.length / 2)],
    ] as const;
    return Buffer.concat([extended([...head, ...records]), raw({}, content)]);
  },
  'pax 0.1': (map, size, content) => {
    const head = [
      ['GNU.sparse.size', String(size)],
      ['GNU.sparse.map', map.join(',')],
    ] as const;
    return Buffer.concat([
      extended([...head, ['GNU.sparse.name', 'file']]),
      raw({ name: 'GNUSparseFile.0/file' }, content),
    ]);
  },
  'pax 1.0': (map, size, content) => {
    const head = [
      ['GNU.sparse.major', '1'],
      ['GNU.sparse.minor', '0'],
      ['GNU.sparse.name', 'file'],
      ['GNU.sparse.realsize', String(size)],
    ] as const;
    const lines = filled(`${[map.length / 2, ...map].join('\n')}\n`);
    return Buffer.concat([
      extended(head),
      raw({ name: 'GNUSparseFile.0/file' }, Buffer.concat([lines, Buffer.from(content)])),
    ]);
  },
};

const names = Object.keys(forms);

function make(name: string, map: readonly number[], size: number, content: string): Buffer {
  const form = forms[name];
  if (form === undefined) throw new Error(name);
  return Buffer.concat([form(map, size, content), raw({ name: 'next' }, 'n'), end]);
}

function read(name: string, map: readonly number[], size: number, content: string): Collected[] {
  return collect(make(name, map, size, content), [700, 13]);
}

test.each(names)('%s: content goes where the map says, what is between is holes', (name) => {
  const entries = read(name, [3, 2, 10, 5, 20, 0], 20, 'abcdefg');
  expect(entries.map(({ path }) => path.toString())).toEqual(['file', 'next']);
  expect(entries[0]).toMatchObject({
    size: 20,
    given: 7,
    content: Buffer.from('\0\0\0ab\0\0\0\0\0cdefg\0\0\0\0\0'),
  });
});

test.each(names)('%s: a file may be one hole, or have none', (name) => {
  expect(read(name, [30, 0], 30, '')[0]).toMatchObject({ size: 30, given: 0 });
  expect(read(name, [0, 3], 3, 'abc')[0]).toMatchObject({ size: 3, content: Buffer.from('abc') });
});

test.each(names)('%s: a map may be long', (name) => {
  const map = Array.from({ length: 100 }, (_, turn) => [turn * 10, 1]).flat();
  const [entry] = read(name, map, 1000, 'x'.repeat(100));
  const expected = Buffer.alloc(1000);
  for (let at = 0; at < 1000; at += 10) expected.write('x', at);
  expect(entry).toMatchObject({ size: 1000, given: 100 });
  expect(entry?.content.equals(expected)).toBe(true);
});

test.each(names)('%s: a map that lies is refused before anything is handed over', (name) => {
  const refused = (map: readonly number[], size: number, content: string) =>
    refusal(() => read(name, map, size, content));
  const begins = 'SC_BAD_IMAGE: read the tar: entry "file" at byte ';
  expect(refused([10, 5, 3, 2], 20, 'abcdefg')).toMatch(
    new RegExp(`^${begins}\\d+: its sparse map is not in order`),
  );
  expect(refused([3, 5, 5, 2], 20, 'abcdefg')).toContain('is not in order');
  expect(refused([3, 2, 18, 5], 20, 'abcdefg')).toContain('its sparse map ends at 23, the file at 20');
  expect(refused([3, 2, 10, 5], 20, 'abcdef')).toContain('its sparse map has 7 bytes, the tar 6');
  expect(refused([3, 2, 10, 5], 20, 'abcdefgh')).toContain('its sparse map has 7 bytes, the tar 8');
});

test.each(names)('%s: more regions than allowed are refused', (name) => {
  const map = Array.from({ length: 60 }, (_, turn) => [turn * 2, 1]).flat();
  const tar = make(name, map, 120, 'x'.repeat(60));
  expect(collect(tar, [512], { regions: 60 })).toHaveLength(2);
  expect(refusal(() => collect(tar, [512], { regions: 59 }))).toContain('its sparse map has over 59 regions');
});

test.each(names)('%s: a tar that is cut off in the map is refused', (name) => {
  const map = Array.from({ length: 100 }, (_, turn) => [turn * 10, 1]).flat();
  const tar = make(name, map, 1000, 'x'.repeat(100));
  const whole = tar.length - 1024 - 1024;
  for (let length = 1; length < whole; length += 97)
    expect(refusal(() => collect(tar.subarray(0, length)))).toMatch(/^SC_BAD_IMAGE: .*(cut off|is the last)/);
});

const version = (major: string, minor: string, realsize = '10') =>
  extended([
    ['GNU.sparse.major', major],
    ['GNU.sparse.minor', minor],
    ['GNU.sparse.realsize', realsize],
  ]);

test.each([
  ['no number', 'abc\n'],
  ['an empty line', '1\n\n5\n'],
  ['a negative number', '1\n-5\n5\n'],
  ['a number of many digits', `${'0'.repeat(600)}1\n0\n5\n`],
  ['no end', '1'],
])('a map in the content with %s is refused', (_, lines) => {
  const tar = Buffer.concat([
    version('1', '0'),
    raw({}, Buffer.concat([filled(lines), Buffer.from('abcde')])),
    end,
  ]);
  expect(refusal(() => collect(tar))).toMatch(/^SC_BAD_IMAGE: .*(sparse map|cut off)/);
});

test('a map that goes on behind its content is refused', () => {
  const lines = filled(`300\n${'0\n'.repeat(254)}`);
  const tar = Buffer.concat([version('1', '0'), raw({}, lines), Buffer.alloc(512, '0\n'), end]);
  expect(refusal(() => collect(tar))).toContain('its sparse map is longer than its content');
  expect(refusal(() => collect(Buffer.concat([version('1', '0'), rawHeader(), end])))).toContain('longer');
});

test('a count of regions that is huge takes no memory', () => {
  const lines = filled('9007199254740991\n0\n1\n');
  expect(refusal(() => collect(Buffer.concat([version('1', '0'), raw({}, lines), end])))).toMatch(
    /^SC_BAD_IMAGE/,
  );
});

test('forms that are unknown or mixed are refused', () => {
  const after = (head: Buffer, file = raw({}, 'abc')) =>
    refusal(() => collect(Buffer.concat([head, file, end])));
  expect(after(version('2', '0'))).toContain('its sparse map is of the unknown version 2');
  expect(after(version('1', '1'))).toContain('unknown version 1');
  expect(after(version('1', '0'), rawHeader({ typeflag: '5' }))).toContain('but is no sparse file');
  expect(after(extended([['GNU.sparse.map', '0,3']]))).toContain('but is no sparse file');
  expect(
    after(
      extended([
        ['GNU.sparse.size', '9'],
        ['GNU.sparse.map', '0,3,4'],
      ]),
    ),
  ).toContain('odd number');
  expect(
    after(
      extended([
        ['GNU.sparse.size', '9'],
        ['GNU.sparse.numbytes', '3'],
      ]),
    ),
  ).toContain('not in order');
  const magic = 'ustar  \0';
  const old = rawHeader({ typeflag: 'S', size: 3, magic, others: { 386: pairs([0, 3]), 483: octal(9) } });
  expect(
    after(
      extended([
        ['GNU.sparse.size', '9'],
        ['GNU.sparse.map', '0,3'],
      ]),
      old,
    ),
  ).toContain('two sparse maps');
  const star = rawHeader({ typeflag: 'S', size: 3, others: { 386: pairs([0, 3]), 483: octal(9) } });
  expect(after(star)).toContain('its sparse map is of an unknown form');
});
