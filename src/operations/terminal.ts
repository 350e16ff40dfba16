import { write } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { promisify } from 'node:util';
import { isErrno } from '../linux/descriptor.ts';
import { setWindowSize, type WindowSize, windowSize } from '../linux/terminal.ts';
import type { Caller } from './caller.ts';

/*
 *   caller's stdin   -- raw bytes -->  master  -->  0 of the container
 *   caller's stdout  <-- as it comes-  master  <--  1 and 2 of the container
 *   caller's SIGWINCH -- TIOCSWINSZ->  master  -->  SIGWINCH inside
 */

const writeSome = promisify(write);

/** Size of the terminal that the caller looks at, if it looks at one. */
export function callerWindowSize(caller: Caller): WindowSize | undefined {
  const stream = [caller.stdout, caller.stdin, caller.stderr].find(({ terminal }) => terminal);
  return stream && windowSize(stream.descriptor);
}

/**
 * Connects the caller with the master of a container's pseudo-terminal, which it closes in the end.
 * Resolves when the container has hung up and its last byte is written; the caller's terminal is then as
 * it was before.
 */
export async function connectTerminal(master: number, caller: Caller, withInput: boolean): Promise<void> {
  const container = new ReadStream(master);
  const input = withInput && caller.stdin.terminal ? new ReadStream(caller.stdin.descriptor) : undefined;
  const resize = () => {
    const size = callerWindowSize(caller);
    if (size !== undefined && !container.destroyed) setWindowSize(master, size);
  };

  caller.signals.on('SIGWINCH', resize);
  try {
    input?.setRawMode(true);
    input?.on('error', () => {}); // The caller's terminal is gone: SIGHUP says so too.
    input?.pipe(container, { end: false });
    await copyUntilHangUp(container, caller.stdout.descriptor);
  } finally {
    caller.signals.off('SIGWINCH', resize);
    if (input !== undefined && !input.destroyed) input.setRawMode(false);
    input?.destroy();
    container.destroy();
  }
}

/** EIO is how a master tells that no process has the other side open any more. */
async function copyUntilHangUp(container: ReadStream, output: number): Promise<void> {
  try {
    for await (const chunk of container) await writeAll(output, chunk);
  } catch (error) {
    // Without a reader of its output (EPIPE) the container's terminal hangs up, as when a window is closed.
    if (!isErrno(error, 'EIO') && !isErrno(error, 'EPIPE')) throw error;
  }
}

/** In the thread pool, so that a reader that stops reading does not stop the forwarding of signals. */
async function writeAll(descriptor: number, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0; ) {
    try {
      const { bytesWritten } = await writeSome(descriptor, rest);
      rest = rest.subarray(bytesWritten);
    } catch (error) {
      if (!isErrno(error, 'EAGAIN')) throw error;
      await setTimeout(5);
    }
  }
}
