import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Collected, collect, refusal } from './collected.ts';
import { entriesWithContent } from './entries.ts';
import { end, extended, filled, raw, rawHeader, sealed } from './raw.ts';
import { tarOf } from './tar-of.ts';

function read(...parts: Buffer[]): Collected[] {
  return collect(Buffer.concat([...parts, end]));
}

/** The only entry, with what is said of it. */
function only(...parts: Buffer[]): Collected {
  const [entry, ...others] = read(...parts);
  expect(others).toEqual([]);
  if (entry === undefined) throw new Error('no entry');
  return entry;
}

function refused(...parts: Buffer[]): string | undefined {
  return refusal(() => read(...parts));
}

describe('the end of a tar', () => {
  const file = raw({ name: 'a' }, 'content');

  test.each([
    ['two blocks of zeros', end],
    ['a whole record of them', Buffer.alloc(10_240)],
    ['one alone', Buffer.alloc(512)],
    ['none, behind an entry', Buffer.alloc(0)],
    ['zeros that end anywhere', Buffer.alloc(1500)],
  ])('is %s', (_, zeros) => {
    expect(collect(Buffer.concat([file, zeros]))).toHaveLength(1);
    expect(collect(zeros)).toEqual([]);
  });

  test('cut off anywhere else is an error that says where, and never an entry that is not whole', () => {
    const tar = Buffer.concat([
      extended([['mtime', '1.5']]),
      file,
      raw({ typeflag: 'L' }, 'long\0'),
      file,
      extended([
        ['GNU.sparse.major', '1'],
        ['GNU.sparse.minor', '0'],
        ['GNU.sparse.realsize', '2000'],
        ['GNU.sparse.name', 's'],
      ]),
      raw({}, Buffer.concat([filled('1\n1000\n5\n'), Buffer.from('bytes')])),
    ]);
    const whole = [0, 4 * 512, 8 * 512, 13 * 512];
    expect(collect(tar).map(({ path }) => path.toString())).toEqual(['a', 'long', 's']);
    for (let length = 0; length <= tar.length; length++) {
      if (whole.includes(length)) {
        expect(collect(tar.subarray(0, length))).toHaveLength(whole.indexOf(length));
        continue;
      }
      const message = refusal(() => collect(tar.subarray(0, length)));
      expect({ length, message }).toEqual({
        length,
        message: expect.stringMatching(
          /^SC_BAD_IMAGE: read the tar: .*(cut off at byte \d+|extended header is the last)$/,
        ),
      });
    }
  });

  test('is not followed by anything', () => {
    const behind = 'SC_BAD_IMAGE: read the tar: at byte 1024: more follows behind the end of the tar';
    expect(refused(file, end, file)).toBe(behind);
    expect(refused(file, Buffer.alloc(512), file)).toBe(behind);
    expect(refused(file, end, Buffer.from('x'))).toBe(behind);
    expect(refused(file, Buffer.alloc(9_999), Buffer.from('x'))).toBe(behind);
  });

  test('is not what an extended header speaks of', () => {
    expect(refused(file, extended([['path', 'b']]))).toBe(
      'SC_BAD_IMAGE: read the tar: at byte 2048: an extended header is the last',
    );
    expect(refused(raw({ typeflag: 'K' }, 'b'))).toContain('an extended header is the last');
  });
});

test('a property: any tar that is cut off gives the entries before, whole, or an error', () => {
  fc.assert(
    fc.property(
      fc.array(entriesWithContent, { minLength: 1, maxLength: 4 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (given, part) => {
        const tar = tarOf(given);
        const all = collect(tar);
        try {
          const entries = collect(tar.subarray(0, Math.floor(part * tar.length)));
          expect(entries).toEqual(all.slice(0, entries.length));
        } catch (error) {
          expect(error).toMatchObject({ code: 'SC_BAD_IMAGE' });
        }
      },
    ),
  );
});

test('a property: whatever bytes change, entries come out or SC_BAD_IMAGE, and no other error', () => {
  fc.assert(
    fc.property(
      fc.array(entriesWithContent, { minLength: 1, maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      (given, changes, mends) => {
        const tar = tarOf(given);
        for (const [at, byte] of changes) tar[at % tar.length] = byte;
        // A stranger makes the checksum right.
        if (mends) sealed(tar.subarray(0, 512));
        try {
          collect(tar);
        } catch (error) {
          expect(error).toMatchObject({ code: 'SC_BAD_IMAGE' });
        }
      },
    ),
    { numRuns: 500 },
  );
});

describe('a header', () => {
  test('is refused when any byte of it has changed', () => {
    const header = rawHeader({ name: 'abc', size: 5 });
    for (let at = 0; at < 512; at++) {
      if (at >= 148 && at < 156) continue;
      const changed = Buffer.from(header);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(refusal(() => collect(Buffer.concat([changed, filled('12345')])))).toMatch(
        /^SC_BAD_IMAGE: read the tar: at byte 0: the checksum is \d+, that of the bytes is \d+$/,
      );
    }
  });

  test('may have a checksum of signed bytes, or one in another form', () => {
    const header = rawHeader({ name: Buffer.from('\xff\xfe', 'latin1') });
    const sum = Number.parseInt(header.toString('latin1', 148, 154), 8);
    for (const text of [
      `${(sum - 512).toString(8)}\0 `,
      ` ${sum.toString(8)} \0`,
      sum.toString(8).padStart(8, '0'),
    ]) {
      header.fill(0, 148, 156);
      header.write(text, 148, 'latin1');
      expect(only(header).path).toEqual(Buffer.from('\xff\xfe', 'latin1'));
    }
  });

  test('that is none at all is refused', () => {
    expect(refused(Buffer.alloc(512, 'this is no tar '))).toMatch(/^SC_BAD_IMAGE: read the tar: at byte 0: /);
    expect(refused(Buffer.alloc(512, 0xff))).toMatch(/^SC_BAD_IMAGE: read the tar: at byte 0: /);
  });

  test('has bytes for a name, of which a NUL ends the name but not the field', () => {
    const bytes = Buffer.from('\xff\n\x01\xc3', 'latin1');
    expect(only(rawHeader({ name: bytes })).path).toEqual(bytes);
    expect(only(rawHeader({ name: 'a\0\nb' })).path.toString()).toBe('a');
    expect(only(rawHeader({ name: 'n'.repeat(100) })).path.toString()).toBe('n'.repeat(100));
    expect(only(rawHeader({ typeflag: '2', link: 'l'.repeat(100) })).link.toString()).toBe('l'.repeat(100));
  });

  test.each([
    ['ustar\u000000', '', `${'p'.repeat(155)}/n`],
    ['ustar\u000000', 'tar\0', `${'p'.repeat(131)}/n`],
    ['ustar  \0', '', 'n'],
    ['', '', 'n'],
  ])('with magic "%s" and trailer "%s" has its own idea of a prefix', (magic, trailer, path) => {
    const others = { 508: trailer };
    expect(only(rawHeader({ name: 'n', prefix: 'p'.repeat(155), magic, others })).path.toString()).toBe(path);
  });

  test.each([
    ['ustar\u000000', 259],
    ['ustar  \0', 259],
    ['', 0],
  ])('with magic "%s" has device numbers or none', (magic, major) => {
    const device = rawHeader({ typeflag: '4', magic, major: '0000403\0', minor: '0000007\0' });
    expect(only(device)).toMatchObject({
      type: 'block',
      deviceMajor: major,
      deviceMinor: major === 0 ? 0 : 7,
    });
  });

  test('says in its mode nothing of the type', () => {
    expect(only(rawHeader({ mode: '0104755\0' })).mode).toBe(0o4755);
  });

  test.each<[string, string | Buffer, number | undefined]>([
    ['digits and NUL', '0000017\0', 15],
    ['digits and a space', '000017 \0', 15],
    ['spaces before digits', '     17\0', 15],
    ['eight digits', '00000017', 15],
    ['nothing', '\0\0\0\0\0\0\0\0', 0],
    ['spaces', '        ', 0],
    ['the largest binary number that fits', Buffer.from('801fffffffffffff', 'hex'), 2 ** 53 - 1],
    ['one more', Buffer.from('8020000000000000', 'hex'), undefined],
    ['a binary -1', Buffer.from('ffffffffffffffff', 'hex'), -1],
    ['a binary -256', Buffer.from('ffffffffffffff00', 'hex'), -256],
    ['the most negative', Buffer.from('c000000000000000', 'hex'), undefined],
    ['letters', '00000xy\0', undefined],
    ['a digit too large', '0000018\0', undefined],
    ['a sign', '-000001\0', undefined],
    ['two numbers', '17 17\0\0\0', undefined],
    ['more behind the NUL', '17\u000017\0\0', undefined],
    ['digits behind a NUL', '\u00000017\0\0\0', undefined],
  ])('with %s as its number is read as one, or refused', (_, field, number) => {
    const header = rawHeader({ uid: field });
    if (number !== undefined) expect(only(header).uid).toBe(number);
    else
      expect(refused(header)).toMatch(
        /^SC_BAD_IMAGE: read the tar: at byte 0: its uid is no number: [0-9a-f]{16}$/,
      );
  });

  test('may have a time before 1970, or after 2242', () => {
    const seconds = (hex: string) =>
      only(rawHeader({ mtime: Buffer.from(hex, 'hex') })).mtime / 1_000_000_000n;
    expect(seconds('ffffffffffffffffffffffff')).toBe(-1n);
    expect(seconds('800000000000000fffffffff')).toBe(2n ** 36n - 1n);
    expect(only(rawHeader({ mtime: '77777777777\0' })).mtime).toBe((8n ** 11n - 1n) * 1_000_000_000n);
  });
});

describe('a size', () => {
  test('that is too large runs into the end, which is cut off', () => {
    expect(refused(rawHeader({ name: 'a', size: 10_000 }), filled('short'))).toBe(
      'SC_BAD_IMAGE: read the tar: entry "a" at byte 0: the tar is cut off at byte 2048',
    );
    expect(refused(rawHeader({ size: 2 ** 33 - 1 }))).toContain('cut off');
  });

  test('that is too small leaves content where a header should be', () => {
    expect(refused(rawHeader({ name: 'a', size: 1 }), Buffer.alloc(1024, 'c'))).toMatch(
      /^SC_BAD_IMAGE: read the tar: at byte 1024: its checksum is no number/,
    );
  });

  test('that is negative, or past what a number can be, is refused', () => {
    expect(refused(rawHeader({ size: Buffer.alloc(12, 0xff) }))).toContain('its size is -1');
    expect(refused(rawHeader({ size: Buffer.from('80ffffffffffffffffffffff', 'hex') }))).toContain(
      'its size is no number',
    );
    expect(refused(extended([['size', '-5']]), rawHeader())).toContain('its size is no number: "-5"');
    expect(refused(extended([['size', '9007199254740993']]), rawHeader())).toContain('its size is no number');
  });

  test('in a record is that of the entry and not of an extended header between', () => {
    const entry = only(
      extended([['size', '3']]),
      raw({ typeflag: 'L' }, 'long name, which has another size\0'),
      raw({ name: 'short', size: 0 }, 'abc'),
    );
    expect(entry).toMatchObject({ size: 3, content: Buffer.from('abc') });
    expect(entry.path.toString()).toBe('long name, which has another size');
  });

  test.each([
    ['5', 'directory'],
    ['1', 'hardlink'],
  ])('of type %s, a %s, has no bytes that follow', (typeflag, type) => {
    const [first, second] = read(rawHeader({ typeflag, size: 512, link: 'x' }), raw({ name: 'next' }, 'abc'));
    expect(first).toMatchObject({ type, size: 0 });
    expect(second).toMatchObject({ path: Buffer.from('next'), size: 3 });
  });

  test.each([
    ['2', 'symlink'],
    ['3', 'character'],
    ['4', 'block'],
    ['6', 'fifo'],
  ])('of type %s, a %s, is refused, for readers do not agree what follows', (typeflag, type) => {
    expect(refused(raw({ name: 'a', typeflag }, 'abc'))).toBe(
      `SC_BAD_IMAGE: read the tar: entry "a" at byte 0: it is a ${type} with 3 bytes`,
    );
  });
});

describe('a type', () => {
  test.each(['\0', '0', '7', '8', 'a', 'z'])('of "%s" is a file', (typeflag) => {
    expect(only(raw({ typeflag }, 'abc'))).toMatchObject({ type: 'file', content: Buffer.from('abc') });
  });

  test.each(['\0', '0'])(
    'of "%s" is a directory with a slash behind its name, and has no content',
    (typeflag) => {
      expect(only(rawHeader({ typeflag, name: 'd/' }))).toMatchObject({ type: 'directory', size: 0 });
      expect(refused(raw({ typeflag, name: 'd/' }, 'abc'))).toContain(
        'it is a directory with 3 bytes, for "d/" ends with a slash',
      );
    },
  );

  test.each(['A', 'E', 'I', 'M', 'N', 'Q', '\x01', '\xff', ' '])(
    'of "%s" that nobody can place is refused',
    (typeflag) => {
      expect(refused(raw({ name: 'a', typeflag }, 'abc'))).toMatch(
        /^SC_BAD_IMAGE: read the tar: entry "a" at byte 0: its type is .* which is not known$/,
      );
    },
  );

  test('V is the label of a tape, which is passed over', () => {
    const entries = read(raw({ typeflag: 'V' }, 'label'), rawHeader({ typeflag: 'V' }), rawHeader());
    expect(entries).toMatchObject([{ type: 'file' }]);
  });

  test('D is a directory, of which the list of names is passed over', () => {
    const entries = read(raw({ typeflag: 'D', name: 'd/' }, 'Yfile\0\0'), raw({}, 'abc'));
    expect(entries).toMatchObject([{ type: 'directory', size: 0 }, { size: 3 }]);
  });

  test('a file has no link and no device, whatever stands there', () => {
    expect(only(rawHeader({ link: 'x', major: '0000001\0' }))).toMatchObject({
      link: Buffer.alloc(0),
      deviceMajor: 0,
    });
  });
});
