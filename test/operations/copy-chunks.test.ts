import { closeSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { pipe } from '../../src/linux/pipe.ts';
import { copyChunks } from '../../src/operations/copy-chunks.ts';
import { eventually } from '../support/command-line.ts';

/** A pipe that is copied from until `over`, and what has come. */
function copyPipe(over: Promise<unknown>, write = async (_: Buffer) => {}) {
  const { read, write: end } = pipe();
  let text = '';
  const source = new Socket({ fd: read, readable: true, writable: false });
  const done = copyChunks(
    source,
    async (chunk) => {
      text += chunk;
      await write(chunk);
    },
    over,
  );
  return { end, done, text: () => text };
}

const never = new Promise<never>(() => {});

/** Nothing else is done meanwhile, as where the machine is busy with others. */
function standStill(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

describe('copying', () => {
  test('goes on to the end of file', async () => {
    const { end, done, text } = copyPipe(never);
    writeSync(end, 'one ');
    await sleep(300);
    writeSync(end, 'two');
    closeSync(end);
    await done;
    expect(text()).toBe('one two');
  });

  test('does not wait for who holds the other end when all is over', async () => {
    const over = Promise.withResolvers<void>();
    const { end, done, text } = copyPipe(over.promise);
    writeSync(end, 'all of it');
    over.resolve();
    await done;
    expect(text()).toBe('all of it');
    closeSync(end);
  });

  test('takes what came before, however late it comes to reading it', async () => {
    for (let round = 0; round < 5; round++) {
      const over = Promise.withResolvers<void>();
      const { end, done, text } = copyPipe(over.promise);
      over.resolve();
      await Promise.resolve();
      writeSync(end, 'x'.repeat(60_000));
      standStill(150);
      await done;
      expect(text()).toHaveLength(60_000);
      closeSync(end);
    }
  });

  test('waits for a writer that is slow', async () => {
    const over = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const { end, done, text } = copyPipe(over.promise, () => written.promise);
    writeSync(end, 'a'.repeat(60_000));
    await eventually(() => (text() === '' ? undefined : true));
    over.resolve();
    // Longer than the silence that is the end where nobody writes.
    await sleep(200);
    writeSync(end, 'b'.repeat(5000));
    written.resolve();
    await done;
    expect(text()).toHaveLength(65_000);
    closeSync(end);
  });

  test('ends with the error of either side, and not with that of the end', async () => {
    const { end, done } = copyPipe(never, async () => {
      throw new Error('full');
    });
    writeSync(end, 'x');
    await expect(done).rejects.toThrow('full');
    closeSync(end);
    const failed = copyPipe(Promise.reject(new Error('gone')));
    await failed.done;
    closeSync(failed.end);
  });
});
