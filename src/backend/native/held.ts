import { closeSync, openSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { enlargePipe, pipe } from '../../linux/pipe.ts';
import type { ContainerSpec } from '../../schema/container-spec.ts';
import type { LaunchRequest, Stdio } from '../backend.ts';
import { makeHeldRecord } from './held-record.ts';

/** Bytes that the container may be ahead of its log: with fewer it waits more often than it writes. */
const OUTPUT_SIZE = 256 * 1024;

/** The streams of a detached container, and what its keeper holds of them and beside them. */
interface Held extends Stdio {
  /** For descriptors 6 to 13 of the keeper, in this order (protocol.ts). */
  forKeeper: (own: { report: number }) => readonly number[];
  /** Closes what the keeper and the container have copies of now. */
  release(): void;
}

/**
 * Makes pipes for the streams of a container that is to live on without this process, and the record of its end.
 * `cleanUp` removes what a keeper of an earlier run could not.
 */
export async function makeHeld(
  { container, recordDirectory }: Pick<LaunchRequest, 'container' | 'recordDirectory'>,
  cleanUp: () => Promise<void>,
): Promise<Held> {
  if (recordDirectory === undefined)
    throw new ScError('SC_INTERNAL', 'launch a detached container: it has no directory for its record');
  return holdAll(container, await makeHeldRecord(recordDirectory, cleanUp));
}

function holdAll({ terminal, logging }: ContainerSpec, record: number): Held {
  const opened: number[] = [record];
  const keep = (descriptor: number): number => {
    opened.push(descriptor);
    return descriptor;
  };
  const makePipe = () => {
    const { read, write } = pipe();
    return { read: keep(read), write: keep(write) };
  };
  const release = () => {
    for (const descriptor of opened.splice(0)) closeSync(descriptor);
  };
  try {
    const nothing = keep(openSync('/dev/null', 'r+'));
    const input = terminal.stdin && !terminal.tty ? makePipe() : { read: nothing, write: nothing };
    const output = makePipe();
    enlargePipe(output.write, OUTPUT_SIZE);
    const errors = logging.order === 'strict' || terminal.tty ? output : makePipe();
    const orders = makePipe();
    return {
      ...(terminal.tty
        ? { stdin: nothing, stdout: nothing, stderr: nothing }
        : { stdin: input.read, stdout: output.write, stderr: errors.write }),
      forKeeper: ({ report }) => [
        report,
        input.write,
        output.read,
        // What a terminal shows goes through the pipe, into which the keeper itself writes.
        terminal.tty ? output.write : errors.read,
        nothing,
        orders.read,
        orders.write,
        record,
      ],
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}
