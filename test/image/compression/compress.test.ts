import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compress } from '../../../src/image/compression/compress.ts';
import { decompress } from '../../../src/image/compression/decompress.ts';
import { chunksOf, through, whole } from './streams.ts';

const content = Buffer.concat([Buffer.alloc(400_000, 'all the same '), randomBytes(300_000)]);

describe.each(['gzip', 'zstd'] as const)('%s', (compression) => {
  test('is what the program of that name can read', async () => {
    for (const bytes of [content, Buffer.alloc(0)]) {
      const compressed = await whole(compress(chunksOf(bytes), compression));
      expect(through(compressed, compression, '-dc').equals(bytes)).toBe(true);
    }
  });

  test('is the same bytes for the same content, whatever its chunks', async () => {
    const once = await whole(compress(chunksOf(content, [content.length]), compression));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 50, max: 600_000 }), { minLength: 1, maxLength: 6 }),
        async (sizes) => {
          expect((await whole(compress(chunksOf(content, sizes), compression))).equals(once)).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
    expect((await whole(decompress(chunksOf(once)))).equals(content)).toBe(true);
  });

  test('a chunk may be used again', async () => {
    const buffer = Buffer.alloc(100_000);
    async function* reused() {
      for (let at = 0; at < content.length; at += buffer.length)
        yield buffer.subarray(0, content.copy(buffer, 0, at));
    }
    const compressed = await whole(compress(reused(), compression));
    expect((await whole(decompress(chunksOf(compressed)))).equals(content)).toBe(true);
  });

  test('a level is kept to', async () => {
    const text = readFileSync(new URL('../../../package-lock.json', import.meta.url));
    const sizeAt = async (level: number) =>
      (await whole(compress(chunksOf(text), compression, level))).length;
    expect(await sizeAt(1)).toBeGreaterThan(await sizeAt(9));
  });

  test('what its source throws goes through', async () => {
    async function* source() {
      yield content;
      throw new Error('the disk is gone');
    }
    await expect(whole(compress(source(), compression))).rejects.toThrow('the disk is gone');
  });
});

test('gzip has no name and no time', async () => {
  const compressed = await whole(compress(chunksOf(content), 'gzip'));
  // Magic, deflate, no flags, no time, nothing extra, unix (RFC 1952).
  expect(compressed.subarray(0, 10).toString('hex')).toBe('1f8b0800000000000003');
});

test('gzip is one stream, however many pieces of it are made at the same time', async () => {
  const text = readFileSync(new URL('../../../package-lock.json', import.meta.url));
  const large = Buffer.concat([text, text, Buffer.alloc(3_000_000), text, randomBytes(1_500_000)]);
  for (const size of [256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, large.length]) {
    const bytes = large.subarray(0, size);
    const compressed = await whole(compress(chunksOf(bytes), 'gzip'));
    expect(through(compressed, 'gzip', '-dc').equals(bytes)).toBe(true);
    // Not all readers know of a second member behind the first.
    expect(inflateRawSync(compressed.subarray(10, -8)).equals(bytes)).toBe(true);
  }
  // What one thread makes of it is hardly smaller.
  const { length } = await whole(compress(chunksOf(large), 'gzip'));
  expect(length).toBeLessThan(gzipSync(large).length * 1.01);
});

test('who stops taking ends the source, and no more is read ahead than is compressed at once', async () => {
  let [read, ended] = [0, false];
  async function* source() {
    try {
      for (let at = 0; at < 100; at++) {
        read += 256 * 1024;
        yield Buffer.alloc(256 * 1024, at);
      }
    } finally {
      ended = true;
    }
  }
  const output = compress(source(), 'gzip')[Symbol.asyncIterator]();
  await output.next();
  await output.next();
  expect(read).toBeLessThanOrEqual(6 * 256 * 1024);
  await output.return?.();
  expect(ended).toBe(true);
});
