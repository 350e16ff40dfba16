import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unpackLayer } from '../../../src/image/layer/unpack.ts';
import { zeroRuns } from '../../../src/image/layer/zero-runs.ts';
import { inChunks, useDirectory } from './laboratory.ts';
import { file, madeTar } from './made-tar.ts';

const base = useDirectory();

async function unpacked(content: Buffer, chunk: number): Promise<string> {
  const directory = mkdtempSync(join(base(), 'layer-'));
  const tar = inChunks(madeTar(file('f', content)), chunk);
  await unpackLayer(tar, { directory, form: 'overlay', lower: [] });
  return join(directory, 'f');
}

test.each([1000, 4096, 100_000, 262_144])(
  'holes come back from a tar in chunks of %d bytes',
  async (chunk) => {
    const content = Buffer.alloc(3_000_000);
    const empty = await unpacked(content, chunk);
    expect(statSync(empty)).toMatchObject({ size: 3_000_000, blocks: 0 });
    for (const at of [0, 1_000_000, 1_100_000, 2_999_999]) content[at] = 1;
    const path = await unpacked(Buffer.concat([content, Buffer.from('end')]), chunk);
    expect(readFileSync(path).equals(Buffer.concat([content, Buffer.from('end')]))).toBe(true);
    // Blocks of 512 bytes: four pieces of content in blocks of the filesystem, on both sides of one perhaps.
    expect(statSync(path).blocks).toBeLessThanOrEqual(4 * 2 * 8);
  },
);

test('few zeros are content', async () => {
  const path = await unpacked(Buffer.alloc(20_000), 1500);
  expect(statSync(path).blocks).toBeGreaterThanOrEqual(40);
});

test('a property: content is the same wherever zeros are, and wherever chunks are cut', async () => {
  const part = fc.tuple(fc.nat(90_000), fc.nat(1)).map(([length, byte]) => Buffer.alloc(length, byte));
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { maxLength: 8 }),
      fc.integer({ min: 600, max: 70_000 }),
      async (parts, chunk) => {
        const content = Buffer.concat(parts);
        const path = await unpacked(content, chunk);
        expect(readFileSync(path).equals(content)).toBe(true);
      },
    ),
    { numRuns: 40 },
  );
});

test('runs are told in order, those in the middle only where they are long', () => {
  const bytes = Buffer.concat([
    ...[Buffer.alloc(5000), Buffer.from('x'), Buffer.alloc(20_000), Buffer.from('x')],
    ...[Buffer.alloc(100_000), Buffer.from('x'), Buffer.alloc(5000)],
  ]);
  const runs = [...zeroRuns(bytes, 0)];
  expect(runs.map(({ from, to }) => [from % 4096, to % 4096])).toEqual([
    [0, 0],
    [0, 0],
    [0, bytes.length % 4096],
  ]);
  expect(runs.every(({ from, to }) => bytes.subarray(from, to).every((byte) => byte === 0))).toBe(true);
});
