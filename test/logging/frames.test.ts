import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFrame, type Frame } from '../../src/logging/frames.ts';
import { FrameDecoder } from '../support/frame-decoder.ts';

test('a frame is its stream, three zeros, the length and the bytes', () => {
  const hello = Buffer.from('hello');
  expect(encodeFrame({ stream: 2, bytes: hello })).toEqual(
    Buffer.from('0200000000000005' + '68656c6c6f', 'hex'),
  );
  expect(
    encodeFrame({ stream: 1, bytes: Buffer.alloc(70_000) })
      .subarray(0, 8)
      .toString('hex'),
  ).toBe('0100000000011170');
});

test('each stream is got back from its frames, however they are cut', () => {
  const frames = fc.array(
    fc.record({ stream: fc.constantFrom(1, 2), bytes: fc.uint8Array({ maxLength: 40 }) }),
  );
  fc.assert(
    fc.property(frames, fc.array(fc.nat({ max: 12 })), (given, sizes) => {
      const bytes = Buffer.concat(given.map(encodeFrame));
      const decoder = new FrameDecoder();
      const seen: Frame[] = [];
      let at = 0;
      for (const size of [...sizes, bytes.length]) {
        seen.push(...decoder.take(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(decoder.isComplete).toBe(true);
      for (const stream of [1, 2]) {
        const own = (all: readonly Frame[]) =>
          Buffer.concat(all.filter((frame) => frame.stream === stream).map((frame) => frame.bytes));
        expect(own(seen)).toEqual(own(given));
      }
    }),
  );
});

test('a frame that is cut off is not complete', () => {
  const decoder = new FrameDecoder();
  for (const byte of encodeFrame({ stream: 1, bytes: Buffer.from('abc') }).subarray(0, -1)) {
    decoder.take(Uint8Array.of(byte));
    expect(decoder.isComplete).toBe(false);
  }
  decoder.take(Buffer.from('c'));
  expect(decoder.isComplete).toBe(true);
});

test.each(['0000000000000001', '0300000000000001', '0100000100000001', '68656c6c6f0a6865'])(
  'what begins with %s is no frame',
  (hex) => {
    expect(() => new FrameDecoder().take(Buffer.from(hex, 'hex'))).toThrow(
      `read a frame: ${hex} is not how one begins`,
    );
  },
);
