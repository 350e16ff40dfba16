import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { pipe } from '../linux/pipe.ts';
import type { ContainerState, ExitStatus } from '../schema/container-state.ts';
import { Beginning } from './beginning.ts';
import { copyChunks } from './copy-chunks.ts';
import { type ExecProgram, prepareExec, whileAlive } from './entry.ts';
import type { Workplace } from './workplace.ts';

interface Captured {
  exit: ExitStatus;
  /** The beginning of what it wrote to its standard output and standard error. */
  output: Buffer;
}

interface CaptureOptions {
  /** Bytes of its output that are kept; the others are thrown away. */
  limit: number;
  /** Kills the program with its process group, also while it is being started. */
  abort?: AbortSignal;
}

/**
 * Executes a program in a container that runs, for who asks the container something. How it ends is a result,
 * also where it was killed by `abort`; throws the abort's reason where it had not started yet.
 */
export async function capture(
  place: Workplace,
  state: ContainerState,
  program: Omit<ExecProgram, 'tty' | 'stdin'>,
  { limit, abort }: CaptureOptions,
): Promise<Captured> {
  const { backend, request } = await prepareExec(place, state, program);
  const { read, write } = pipe();
  const source = new Socket({ fd: read, readable: true, writable: false });
  const nothing = openSync('/dev/null', 'r');
  const stdio = { stdin: nothing, stdout: write, stderr: write };
  try {
    const handle = await whileAlive(state.name, request.init, () =>
      backend.execute({ ...request, stdio, abort }),
    ).finally(() => {
      for (const descriptor of [nothing, write]) closeSync(descriptor);
    });
    const output = new Beginning(limit);
    const [exit] = await Promise.all([
      handle.wait(),
      copyChunks(source, async (chunk) => output.add(chunk), handle.wait()),
    ]);
    return { exit, output: output.bytes() };
  } catch (error) {
    throw abort?.aborted ? abort.reason : error;
  } finally {
    source.destroy();
  }
}
