import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compressionOf } from '../../../src/image/compression/compression.ts';
import { decompress, tellCompression } from '../../../src/image/compression/decompress.ts';
import { chunksOf, refusal, through, whole } from './streams.ts';

/** Text that compresses and bytes that do not, more than one chunk of output. */
const content = Buffer.concat([Buffer.alloc(400_000, 'all the same '), randomBytes(300_000)]);
const small = Buffer.from('a few bytes, and a few bytes more');

const programs = ['gzip', 'zstd', 'bzip2', 'xz'] as const;

describe.each(programs)('%s', (program) => {
  const compressed = through(content, program, '-c');
  const few = through(small, program, '-c');

  test('is told by its first bytes, and what was compressed comes out', async () => {
    expect(compressionOf(compressed)).toBe(program);
    for (const sizes of [[compressed.length], [65_536], [1000, 7, 60_000]])
      expect((await whole(decompress(chunksOf(compressed, sizes)))).equals(content)).toBe(true);
    expect(await whole(decompress(chunksOf(few, [1])))).toEqual(small);
  });

  test('several behind one another are one, wherever chunks are cut', async () => {
    const three = Buffer.concat([few, through(Buffer.alloc(0), program, '-c'), few]);
    for (let size = 1; size <= three.length; size++)
      expect(await whole(decompress(chunksOf(three, [size, three.length])))).toEqual(
        Buffer.concat([small, small]),
      );
  });

  test('an empty one is empty', async () => {
    expect(await whole(decompress(chunksOf(through(Buffer.alloc(0), program, '-c'))))).toEqual(
      Buffer.alloc(0),
    );
  });

  test('one that is cut off is refused, wherever it was cut', async () => {
    for (let length = 10; length < few.length; length++)
      expect(await refusal(whole(decompress(chunksOf(few.subarray(0, length)))))).toMatch(
        `SC_BAD_IMAGE: decompress ${program}: within its first ${length} bytes: it is cut off`,
      );
    const second = Buffer.concat([few, few.subarray(0, -1)]);
    expect(await refusal(whole(decompress(chunksOf(second))))).toContain('it is cut off');
    const half = compressed.subarray(0, compressed.length / 2);
    expect(await refusal(whole(decompress(chunksOf(half))))).toContain('it is cut off');
  });

  test('whatever follows is refused, wherever chunks are cut', async () => {
    for (const tail of [
      'x',
      'some garbage',
      '\0',
      '\0'.repeat(512),
      '\x1f',
      '\x1f\x8b',
      '(',
      'BZ',
      '\xfd7z',
    ]) {
      const more = Buffer.concat([few, Buffer.from(tail, 'latin1')]);
      for (const sizes of [[more.length], [few.length], [1]]) {
        const said = await refusal(whole(decompress(chunksOf(more, sizes))));
        expect({ tail, sizes, said }).toMatchObject({
          said: expect.stringMatching(/^SC_BAD_IMAGE: decompress /),
        });
      }
    }
  });

  test('a flipped bit is found, or makes no difference', async () => {
    let found = 0;
    for (let bit = 80; bit < few.length * 8; bit += 3) {
      const flipped = Buffer.from(few);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const result = await whole(decompress(chunksOf(flipped))).catch((error) => error);
      if (Buffer.isBuffer(result)) expect(result).toEqual(small);
      else {
        found++;
        expect(result).toMatchObject({ code: 'SC_BAD_IMAGE' });
      }
    }
    expect(found).toBeGreaterThan(20);
  });

  test('more than is allowed is refused before it comes out', async () => {
    const bomb = through(Buffer.alloc(30_000_000), program, '-c');
    let given = 0;
    const read = async (limits: object) => {
      given = 0;
      for await (const chunk of decompress(chunksOf(bomb), limits)) given += chunk.length;
    };
    expect(await refusal(read({ ratio: 100, free: 1_000_000 }))).toMatch(
      new RegExp(
        `^SC_BAD_IMAGE: decompress ${program}: \\d+ bytes come out of \\d+, which is more than 100 times`,
      ),
    );
    expect(given).toBeLessThan(bomb.length * 100 + 1_000_000);
    expect(await refusal(read({ bytes: 2_000_000 }))).toBe(
      `SC_BAD_IMAGE: decompress ${program}: more than 2000000 bytes come out`,
    );
    expect(given).toBeLessThanOrEqual(2_000_000);
    expect(await refusal(read({}))).toBeUndefined();
    expect(given).toBe(30_000_000);
  });

  test('zeros need not be counted where they become holes, others are', async () => {
    const limits = { ratio: 100, free: 1_000_000, countsZeros: false };
    const holes = through(Buffer.concat([small, Buffer.alloc(30_000_000), small]), program, '-c');
    expect((await whole(decompress(chunksOf(holes), limits))).length).toBe(30_000_000 + 2 * small.length);
    expect(await refusal(whole(decompress(chunksOf(holes), { ...limits, bytes: 2_000_000 })))).toContain(
      'more than 2000000 bytes come out',
    );
    const bomb = through(Buffer.alloc(30_000_000, 'a'), program, '-c');
    expect(await refusal(whole(decompress(chunksOf(bomb), limits)))).toContain('more than 100 times as many');
  });

  test('no more is read and made than is taken', async () => {
    let read = 0;
    const long = Buffer.concat([compressed, compressed, compressed, compressed]);
    async function* source() {
      for await (const chunk of chunksOf(long, [10_000])) {
        read += chunk.length;
        yield chunk;
      }
    }
    const output = decompress(source());
    await output.next();
    for (let round = 0; round < 300; round++) await turn();
    expect(read).toBeLessThan(long.length / 2);
    await output.return(undefined);
    const last = read;
    for (let round = 0; round < 300; round++) await turn();
    expect(read).toBe(last);
    expect(read).toBeLessThan(long.length / 2);
  });

  test('who stops taking ends the source, and what the source throws goes through', async () => {
    let ended = 0;
    async function* source(fails: boolean) {
      try {
        for await (const chunk of chunksOf(compressed, [10_000])) {
          yield chunk;
          if (fails) throw new Error('the disk is gone');
        }
      } finally {
        ended++;
      }
    }
    for await (const chunk of decompress(source(false))) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(ended).toBe(1);
    await expect(whole(decompress(source(true)))).rejects.toThrow('the disk is gone');
    expect(ended).toBe(2);
  });
});

test('what begins like no compression is taken as it is, however short', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 40 }),
      fc.integer({ min: 1, max: 12 }),
      async (bytes, size) => {
        const given = Buffer.from(bytes);
        fc.pre(compressionOf(given) === 'none');
        expect(await whole(decompress(chunksOf(given, [size])))).toEqual(given);
      },
    ),
  );
});

test.each([
  ['1f8b08', 'gzip'],
  ['1f8b07', 'none'],
  ['28b52ffd', 'zstd'],
  ['5a2a4d18', 'zstd'],
  ['602a4d18', 'none'],
  ['425a6839314159265359', 'bzip2'],
  ['425a6831177245385090', 'bzip2'],
  ['425a6839', 'none'],
  ['425a6830314159265359', 'none'],
  ['fd377a585a00', 'xz'],
  ['fd377a585a', 'none'],
  ['', 'none'],
])('bytes %s are %s', (hex, compression) => {
  expect(compressionOf(Buffer.from(hex, 'hex'))).toBe(compression);
});

test('how chunks are compressed is told without losing any of them', async () => {
  const compressed = through(small, 'xz', '-c');
  for (const size of [1, 5, 6, 1000]) {
    const told = await tellCompression(chunksOf(compressed, [size]));
    expect(told.compression).toBe('xz');
    expect(await whole(told.chunks)).toEqual(compressed);
  }
});

test('a stream of xz that asks for too much memory is refused', async () => {
  const large = through(small, 'xz', '--lzma2=preset=0,dict=1GiB', '-c');
  expect(await refusal(whole(decompress(chunksOf(large))))).toContain('it needs more memory than is allowed');
});

test('a frame of zstd that asks for too much memory is refused', async () => {
  // A window of 2 GiB, and one empty block (RFC 8878, 3.1.1).
  const large = Buffer.from('28b52ffd' + '00' + 'a8' + '010000', 'hex');
  expect(await refusal(whole(decompress(chunksOf(large))))).toMatch(/SC_BAD_IMAGE: .*memory/);
});
