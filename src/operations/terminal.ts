import { write } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { promisify } from 'node:util';
import type { ContainerHandle } from '../backend/backend.ts';
import { ScError } from '../errors/error.ts';
import { isErrno } from '../linux/descriptor.ts';
import { makeRaw, setWindowSize, type WindowSize, windowSize } from '../linux/terminal.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { Caller } from './caller.ts';
import { copyChunks } from './copy-chunks.ts';

/*
 *   caller's stdin   -- raw bytes -->  master  -->  0 of the container
 *   caller's stdout  <-- as it comes-  master  <--  1 and 2 of the container
 *   caller's SIGWINCH -- TIOCSWINSZ->  master  -->  SIGWINCH inside
 */

const SIGHUP = 1;
const SIGKILL = 9;

const writeSome = promisify(write);

/** Size of the terminal that the caller looks at, if it looks at one. */
export function callerWindowSize(caller: Caller): WindowSize | undefined {
  const stream = [caller.stdout, caller.stdin, caller.stderr].find(({ terminal }) => terminal);
  return stream && windowSize(stream.descriptor);
}

/** As docker has it: who is to type into a terminal needs one. */
export function refuseWithoutTerminal({ terminal }: Pick<ContainerSpec, 'terminal'>, caller: Caller): void {
  if (!terminal.tty || !terminal.stdin || caller.stdin.terminal) return;
  throw new ScError('SC_USAGE', 'the input device is not a TTY', {
    hint: 'without -t, or on a terminal',
  });
}

/**
 * Connects the caller with the terminal of a program, if it has one. Without the caller's own nobody can end it
 * any more, so that it is ended.
 */
export async function attend(
  handle: ContainerHandle,
  caller: Caller,
  { terminal, signals }: Pick<ContainerSpec, 'terminal' | 'signals'>,
): Promise<void> {
  if (handle.terminal === undefined) return;
  const end = await connectTerminal(handle.terminal, caller, terminal.stdin, handle.wait());
  if (end === 'ended') return;
  handle.kill(SIGHUP);
  if (signals.stopTimeout < 0) return;
  const killer = setTimeout(() => handle.kill(SIGKILL), signals.stopTimeout);
  void handle.wait().finally(() => clearTimeout(killer));
}

/**
 * Connects the caller with the master of a container's pseudo-terminal, which it closes in the end.
 * Resolves when the container has hung up or its program is `over`, and its last byte is written (`ended`), or
 * when the caller's own terminal is gone (`lost`); what is left of that is then as it was before.
 */
export async function connectTerminal(
  master: number,
  caller: Caller,
  withInput: boolean,
  over: Promise<unknown>,
): Promise<'ended' | 'lost'> {
  const container = new ReadStream(master);
  const resize = () => {
    const size = callerWindowSize(caller);
    if (size !== undefined && !container.destroyed) setWindowSize(master, size);
  };
  const input = withInput && caller.stdin.terminal ? openInput(caller.stdin.descriptor) : undefined;
  caller.signals.on('SIGWINCH', resize);
  try {
    input?.stream.pipe(container, { end: false });
    return await Promise.race([
      copyUntilHangUp(container, caller.stdout.descriptor, over),
      ...(input === undefined ? [] : [input.lost]),
    ]);
  } finally {
    caller.signals.off('SIGWINCH', resize);
    input?.close();
    container.destroy();
  }
}

/** What is typed, byte by byte. A raw terminal has no end but that it is gone. */
function openInput(descriptor: number) {
  const stream = new ReadStream(descriptor);
  const restore = makeRaw(descriptor);
  const lost = new Promise<'lost'>((resolve) => {
    stream.once('end', () => resolve('lost'));
    stream.on('error', () => resolve('lost'));
  });
  const close = () => {
    stream.destroy();
    try {
      restore();
    } catch {
      // Gone: there is nothing to put back.
    }
  };
  return { stream, lost, close };
}

/** EIO is how a master tells that no process has the other side open any more. */
async function copyUntilHangUp(
  container: ReadStream,
  output: number,
  over: Promise<unknown>,
): Promise<'ended' | 'lost'> {
  let isWriting = false;
  const write = async (chunk: Buffer) => {
    isWriting = true;
    await writeAll(output, chunk);
    isWriting = false;
  };
  try {
    await copyChunks(container, write, over);
  } catch (error) {
    if (isWriting && (isErrno(error, 'EPIPE') || isErrno(error, 'EIO'))) return 'lost';
    if (!isErrno(error, 'EIO')) throw error;
  }
  return 'ended';
}

/** In the thread pool, so that a reader that stops reading does not stop the forwarding of signals. */
export async function writeAll(descriptor: number, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0; ) {
    try {
      const { bytesWritten } = await writeSome(descriptor, rest);
      rest = rest.subarray(bytesWritten);
    } catch (error) {
      if (!isErrno(error, 'EAGAIN')) throw error;
      await sleep(5);
    }
  }
}
