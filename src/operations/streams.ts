import { closeSync, openSync } from 'node:fs';
import type { ContainerHandle, LaunchRequest } from '../backend/backend.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { Caller } from './caller.ts';
import { type Input, relayInput } from './input.ts';
import { type Listeners, relayOutput } from './output.ts';
import { callerWindowSize } from './terminal.ts';

/** Of a terminal at which nobody looks. */
const UNSEEN = { rows: 24, columns: 80 };

/** A program on the streams of the caller. */
export interface OnStreams {
  handle: ContainerHandle;
  /** Resolves when all that it has written is at the caller's. */
  written: () => Promise<void>;
  /** Reads nothing more of the caller's. */
  stopInput: () => void;
}

/** Has a program started on the streams of the caller, or with a terminal of its own. Errors are those of `start`. */
export async function onStreams(
  caller: Caller,
  { tty, stdin }: Pick<ContainerSpec['terminal'], 'tty' | 'stdin'>,
  start: (streams: Pick<LaunchRequest, 'stdio' | 'windowSize'>) => Promise<ContainerHandle>,
  listeners?: Listeners,
): Promise<OnStreams> {
  // The program has a copy of its own when the start is over.
  const nothing = openSync('/dev/null', 'r');
  const output = tty ? undefined : relayOutput(caller, listeners);
  let input: Input | undefined;
  try {
    input = stdin && !tty ? relayInput(caller) : undefined;
    const handle = await start({
      stdio: {
        stdin: input?.stdin ?? nothing,
        stdout: output?.stdout ?? nothing,
        stderr: output?.stderr ?? nothing,
      },
      ...(tty && { windowSize: callerWindowSize(caller) ?? UNSEEN }),
    });
    return { handle, written: async () => output?.done(handle.wait()), stopInput: () => input?.close() };
  } catch (error) {
    input?.close();
    throw error;
  } finally {
    input?.release();
    output?.release();
    closeSync(nothing);
  }
}
