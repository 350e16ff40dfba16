import type { Readable } from 'node:stream';

/** Milliseconds without a byte, after which none is on its way any more. */
const QUIET = 100;

/**
 * Hands on what comes until the end or, when `over` has resolved, until nothing comes any more: a process that a
 * program has left behind may hold the other end for as long as it likes. Throws the errors of both sides.
 */
export async function copyChunks(
  from: Readable,
  write: (chunk: Buffer) => Promise<void>,
  over: Promise<unknown>,
): Promise<void> {
  let isOver = false;
  let isQuiet = false;
  let count = 0;
  let clock: NodeJS.Timeout | undefined;
  const waitForMore = () => {
    const before = count;
    clearTimeout(clock);
    clock = setTimeout(() => {
      // This process may have stood still itself: what has come meanwhile is read between the two.
      setImmediate(() => {
        if (count !== before) return;
        isQuiet = true;
        from.destroy();
      });
    }, QUIET);
  };
  let isBusy = false;
  const hearEnd = () => {
    isOver = true;
    if (!isBusy) waitForMore();
  };
  over.then(hearEnd, hearEnd);
  try {
    for await (const chunk of from) {
      isBusy = true;
      count += 1;
      clearTimeout(clock);
      await write(chunk);
      isBusy = false;
      if (isOver) waitForMore();
    }
  } catch (error) {
    if (!isQuiet) throw error;
  } finally {
    // No clock is set for an end that comes later.
    isBusy = true;
    count += 1;
    clearTimeout(clock);
  }
}
