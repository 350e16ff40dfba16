import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { logStreams } from '../../src/logging/layout.ts';
import type { ChunkOptions } from '../../src/logging/read-chunks.ts';
import { readLog } from '../../src/logging/read-log.ts';
import type { Piece } from '../../src/logging/record-cutter.ts';
import { LogWriter } from '../support/log-writer.ts';

const both = [logStreams.stdout, logStreams.stderr];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

type Written = { stream: 'stdout' | 'stderr' | 'mark'; text: Uint8Array };

/** Writes chunks, the first at time 0, each a nanosecond after the other. */
function write(chunks: readonly Written[], limits: { maxSize?: number; maxFiles?: number } = {}): string {
  const log = mkdtempSync(join(directory, 'log-'));
  const writer = new LogWriter(log, limits);
  for (const [index, { stream, text }] of chunks.entries()) {
    if (stream === 'mark') writer.mark(BigInt(index));
    else writer.write(stream, text, BigInt(index));
  }
  writer.close();
  return log;
}

const text = (stream: Written['stream'], value = ''): Written => ({ stream, text: Buffer.from(value) });

async function read(log: string, options: Partial<ChunkOptions> = {}): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for await (const some of readLog(log, { streams: both, ...options })) pieces.push(...some);
  return pieces;
}

function bytesOf(pieces: readonly { stream: number; bytes: Uint8Array }[]) {
  const of = (stream: number) =>
    Buffer.concat(pieces.filter((piece) => piece.stream === stream).map(({ bytes }) => bytes)).toString(
      'latin1',
    );
  return { stdout: of(logStreams.stdout), stderr: of(logStreams.stderr) };
}

const chunk: fc.Arbitrary<Written> = fc.record({
  stream: fc.constantFrom('stdout', 'stderr', 'stdout', 'stderr', 'mark'),
  text: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 40 }),
    fc.stringMatching(/^[a-c\n]{1,12}$/).map((value) => Buffer.from(value)),
  ),
});
const chunks = fc.array(chunk, { maxLength: 60 });

/** Lines in the order of their last bytes, each with its stream, its bytes and the time of its first. */
function linesOf(written: readonly Written[]) {
  const lines: { stream: number; time: bigint; bytes: Buffer; last: number }[] = [];
  const open = new Map<number, { time: bigint; bytes: number[]; last: number }>();
  const end = (stream: number) => {
    const line = open.get(stream);
    if (line !== undefined) lines.push({ ...line, stream, bytes: Buffer.from(line.bytes) });
    open.delete(stream);
  };
  let place = 0;
  for (const [index, { stream: name, text: bytes }] of written.entries()) {
    if (name === 'mark') for (const stream of both) end(stream);
    else
      for (const byte of bytes) {
        const stream = logStreams[name];
        const line = open.get(stream) ?? { time: BigInt(index), bytes: [], last: 0 };
        line.bytes.push(byte);
        line.last = place++;
        open.set(stream, line);
        if (byte === 0x0a) end(stream);
      }
  }
  for (const stream of both) end(stream);
  return lines.sort((one, other) => one.last - other.last);
}

describe('a log', () => {
  test('gives back what was written to each stream, byte by byte, over any rotation', async () => {
    await fc.assert(
      fc.asyncProperty(chunks, fc.integer({ min: 100, max: 1000 }), async (written, maxSize) => {
        const log = write(written, { maxSize, maxFiles: 1000 });
        expect(bytesOf(await read(log))).toEqual(bytesOf(linesOf(written)));
      }),
    );
  });

  test('gives the last lines, counted over both streams by their ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        chunks,
        fc.integer({ min: 100, max: 1000 }),
        fc.nat({ max: 20 }),
        async (written, maxSize, tail) => {
          const log = write(written, { maxSize, maxFiles: 1000 });
          const last = tail === 0 ? [] : linesOf(written).slice(-tail);
          expect(bytesOf(await read(log, { tail }))).toEqual(bytesOf(last));
        },
      ),
    );
  });

  test('gives the last lines of one stream', async () => {
    await fc.assert(
      fc.asyncProperty(chunks, fc.integer({ min: 1, max: 20 }), async (written, tail) => {
        const log = write(written, { maxSize: 300, maxFiles: 1000 });
        const last = linesOf(written).filter(({ stream }) => stream === logStreams.stderr);
        const { stderr } = bytesOf(last.slice(-tail));
        expect(bytesOf(await read(log, { tail, streams: [logStreams.stderr] }))).toEqual({
          stdout: '',
          stderr,
        });
      }),
    );
  });

  test('gives the lines that were begun in a time, whole', async () => {
    const time = fc.option(fc.bigInt(-1n, 61n), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(
        chunks,
        fc.integer({ min: 100, max: 1000 }),
        time,
        time,
        async (written, maxSize, since, until) => {
          const log = write(written, { maxSize, maxFiles: 1000 });
          const lines = linesOf(written).filter(
            ({ time: own }) => (since === undefined || own >= since) && (until === undefined || own <= until),
          );
          const window = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
          expect(bytesOf(await read(log, window))).toEqual(bytesOf(lines));
        },
      ),
    );
  });

  test('that is not there is empty', async () => {
    expect(await read(join(directory, 'none'))).toEqual([]);
    expect(await read(join(directory, 'none'), { tail: 3 })).toEqual([]);
    expect(await read(join(directory, 'none'), { since: 3n })).toEqual([]);
  });

  test('in which nothing was written is empty', async () => {
    expect(await read(write([]), { tail: 3, since: 1n })).toEqual([]);
    expect(await read(write([text('mark')]))).toEqual([]);
  });

  test('keeps a bounded number of files, and is read from the oldest', async () => {
    const written = Array.from({ length: 100 }, (_, index) => text('stdout', `${index}\n`.padStart(50, '.')));
    const log = write(written, { maxSize: 1000, maxFiles: 3 });
    const { stdout } = bytesOf(await read(log));
    expect(stdout.length).toBeGreaterThan(0);
    expect(stdout.length).toBeLessThanOrEqual(3 * 800);
    expect(bytesOf(linesOf(written)).stdout.endsWith(stdout)).toBe(true);
  });
});

describe('the last lines', () => {
  test('until a time are those that were ended then', async () => {
    const log = write([text('stdout', 'a\nb\n'), text('stderr', 'c\n'), text('stdout', 'd\n')]);
    expect(bytesOf(await read(log, { tail: 2, until: 1n }))).toEqual({ stdout: 'b\n', stderr: 'c\n' });
  });

  test('may begin with one of a stream before others of the other', async () => {
    const log = write([
      text('stderr', 'before\n'),
      text('stdout', 'be'),
      text('stderr', 'between\n'),
      text('stdout', 'gun\n'),
    ]);
    expect(bytesOf(await read(log, { tail: 1 }))).toEqual({ stdout: 'begun\n', stderr: '' });
    expect(bytesOf(await read(log, { tail: 2 }))).toEqual({ stdout: 'begun\n', stderr: 'between\n' });
  });

  test('before a start are lines though they have no end', async () => {
    const log = write([text('stdout', 'first\nkilled'), text('mark'), text('stdout', 'again\n')]);
    expect(bytesOf(await read(log, { tail: 1 })).stdout).toBe('again\n');
    expect(bytesOf(await read(log, { tail: 2 })).stdout).toBe('killedagain\n');
    const starts = (await read(log)).filter(({ startsLine }) => startsLine);
    expect(starts).toHaveLength(3);
  });
});

test('a line of many chunks and files is one line', async () => {
  const part = Buffer.alloc(5000, 'x');
  const log = write([...Array(40).fill({ stream: 'stdout', text: part }), text('stdout', '\nend\n')], {
    maxSize: 20_000,
    maxFiles: 100,
  });
  expect(bytesOf(await read(log, { tail: 2 })).stdout).toHaveLength(200_005);
  const records = (await read(log)).filter(({ endsRecord }) => endsRecord);
  expect(records).toHaveLength(Math.ceil(200_001 / 16_384) + 1);
});

test('a time divides a log in two, wherever in a line of many records it falls', async () => {
  const part = fc.oneof(
    { weight: 1, arbitrary: fc.constant(Buffer.from('end\n')) },
    {
      weight: 5,
      arbitrary: fc
        .tuple(fc.constantFrom('x', '€'), fc.integer({ min: 3000, max: 9000 }))
        .map(([character, times]) => Buffer.from(character.repeat(times))),
    },
  );
  const long = fc.array(fc.record({ stream: fc.constantFrom('stdout', 'stderr'), text: part }), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(long, fc.bigInt(-1n, 12n), async (written: Written[], time) => {
      const log = write(written, { maxSize: 50_000, maxFiles: 100 });
      const [before, after] = [await read(log, { until: time }), await read(log, { since: time + 1n })];
      expect(bytesOf([...before, ...after])).toEqual(bytesOf(linesOf(written)));
      for (const piece of after) expect(piece.time).toBeGreaterThan(time);
    }),
  );
});
