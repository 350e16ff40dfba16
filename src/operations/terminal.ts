import { ReadStream } from 'node:tty';
import type { ContainerHandle } from '../backend/backend.ts';
import { ScError } from '../errors/error.ts';
import { SIGKILL } from '../linux/constants.ts';
import { isErrno } from '../linux/descriptor.ts';
import { setWindowSize, type WindowSize, windowSize } from '../linux/terminal.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import { type Caller, say } from './caller.ts';
import { copyChunks } from './copy-chunks.ts';
import { openKeyboard } from './keyboard.ts';
import { TerminalInput } from './terminal-input.ts';
import { writeAll } from './write-all.ts';

/*
 *   caller's stdin   -- raw bytes -->  master  -->  0 of the container
 *   caller's stdout  <-- as it comes-  master  <--  1 and 2 of the container
 *   caller's SIGWINCH -- TIOCSWINSZ->  master  -->  SIGWINCH inside
 */

const SIGHUP = 1;

/** Size of the terminal that the caller looks at, if it looks at one that has a size. */
export function callerWindowSize(caller: Caller): WindowSize | undefined {
  const stream = [caller.stdout, caller.stdin, caller.stderr].find(({ terminal }) => terminal);
  const size = stream && windowSize(stream.descriptor);
  return size && size.rows > 0 && size.columns > 0 ? size : undefined;
}

/** As docker has it: who is to type into a terminal needs one. `without` says how to do without. */
export function refuseWithoutTerminal(
  { terminal }: Pick<ContainerSpec, 'terminal'>,
  caller: Caller,
  without: string,
): void {
  if (!terminal.tty || !terminal.stdin || caller.stdin.terminal) return;
  throw new ScError('SC_USAGE', 'the input device is not a TTY', {
    hint: `${without}, or on a terminal`,
  });
}

/** How somebody leaves a program by the detach keys. Answers false where it has ended, and throws where it cannot be left. */
interface Leaving {
  detachKeys: string;
  leave: () => Promise<boolean>;
}

/**
 * Connects the caller with the terminal of a program, if it has one, until it ends or is left. Without the caller's
 * own nobody can end it any more, so that it is ended.
 */
export async function attend(
  handle: ContainerHandle,
  caller: Caller,
  { terminal, signals }: Pick<ContainerSpec, 'terminal' | 'signals'>,
  leaving?: Leaving,
): Promise<'ended' | 'left'> {
  if (handle.terminal === undefined) return 'ended';
  const connection = { withInput: terminal.stdin, over: handle.wait(), leaving };
  const end = await connectTerminal(handle.terminal, caller, connection);
  if (end !== 'lost') return end;
  handle.kill(SIGHUP);
  if (signals.stopTimeout < 0) return 'ended';
  const killer = setTimeout(() => handle.kill(SIGKILL), signals.stopTimeout);
  void handle.wait().finally(() => clearTimeout(killer));
  return 'ended';
}

interface Connection {
  withInput: boolean;
  over: Promise<unknown>;
  leaving: Leaving | undefined;
}

/**
 * Connects the caller with the master of a container's pseudo-terminal, which it closes in the end.
 * Resolves when the container has hung up or its program is `over`, and its last byte is written (`ended`), when
 * the caller has left it, or when the caller's own terminal is gone (`lost`); what is left of that is then as it
 * was before.
 */
async function connectTerminal(
  master: number,
  caller: Caller,
  { withInput, over, leaving }: Connection,
): Promise<'ended' | 'left' | 'lost'> {
  const container = new ReadStream(master);
  const sink = new TerminalInput(master);
  const resize = () => {
    const size = callerWindowSize(caller);
    if (size !== undefined && !container.destroyed) setWindowSize(master, size);
  };
  caller.signals.on('SIGWINCH', resize);
  const output = copyOutput(container, caller.stdout.descriptor, over);
  try {
    if (!withInput || !caller.stdin.terminal) return await output.end;
    for (;;) {
      const keyboard = openKeyboard(caller, sink, leaving?.detachKeys ?? '');
      const end = await Promise.race([output.end, keyboard.left]).finally(keyboard.close);
      if (end !== 'detached') return end;
      if (await isLeft(leaving, caller)) {
        await output.stop();
        return 'left';
      }
    }
  } finally {
    caller.signals.off('SIGWINCH', resize);
    sink.destroy();
    container.destroy();
  }
}

/** Where it cannot be left all goes on as before. */
async function isLeft(leaving: Leaving | undefined, caller: Caller): Promise<boolean> {
  try {
    return (await leaving?.leave()) === true;
  } catch (error) {
    if (!(error instanceof ScError)) throw error;
    say(caller, error.message, { onTerminal: true });
    return false;
  }
}

/** EIO is how a master tells that no process has the other side open any more. */
function copyOutput(container: ReadStream, output: number, over: Promise<unknown>) {
  let writing: Promise<void> | undefined;
  const write = async (bytes: Uint8Array) => {
    writing = writeAll(output, bytes);
    await writing;
    writing = undefined;
  };
  const copy = async (): Promise<'ended' | 'lost'> => {
    try {
      await copyChunks(container, write, over);
    } catch (error) {
      if (writing !== undefined && (isErrno(error, 'EPIPE') || isErrno(error, 'EIO'))) return 'lost';
      if (!isErrno(error, 'EIO')) throw error;
    }
    return 'ended';
  };
  /** Takes nothing more from the container, and writes what was taken. */
  const stop = async (): Promise<void> => {
    const taken: Uint8Array[] = [];
    for (let bytes = container.read(); bytes !== null; bytes = container.read()) taken.push(bytes);
    container.destroy();
    await writing;
    await writeAll(output, Buffer.concat(taken));
  };
  return { end: copy(), stop };
}
