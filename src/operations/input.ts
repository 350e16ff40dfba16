import { closeSync, createReadStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReadStream } from 'node:tty';
import { isErrno } from '../linux/descriptor.ts';
import { duplicateHigh } from '../linux/memfd.ts';
import { pipe } from '../linux/pipe.ts';
import { type Caller, type CallerStream, say } from './caller.ts';
import { isHandedOn } from './output.ts';

/*
 *   caller's stdin, a pipe                    ---------------> 0 of the container
 *   caller's stdin, a file, terminal, socket  --> sc -- pipe --> 0 of the container
 *
 * As with output (output.ts): through a descriptor that can only read a file of the host, root in the host's
 * user namespace opens it anew to write, and changes its owner and mode; and a terminal is open both ways.
 */

export interface Input {
  stdin: number;
  /** Closes what the container has a copy of now. */
  release(): void;
  /** Reads nothing more. */
  close(): void;
}

/** Input of the caller to a container. What was read ahead of it is gone for whoever reads next. */
export function relayInput(caller: Caller): Input {
  const { descriptor } = caller.stdin;
  const stats = fstatSync(descriptor);
  // A directory is refused by whoever starts the container.
  if (isHandedOn(stats) || stats.isDirectory())
    return { stdin: descriptor, release: () => undefined, close: () => undefined };
  const { read, write } = pipe();
  const source = feed(caller, new Socket({ fd: write, readable: false, writable: true }));
  return { stdin: read, release: () => closeSync(read), close: () => source.destroy() };
}

/** Passes the caller's input on until it ends, or the answer is destroyed. */
export function feed(caller: Caller, sink: Writable, onEnd = () => {}): Readable {
  const source = openStandardInput(caller.stdin);
  pipeline(source, sink).then(onEnd, (error: unknown) => {
    // The container reads no more, or has ended; or the terminal is gone.
    if (isErrno(error, 'EPIPE') || isErrno(error, 'EIO') || isErrno(error, 'ERR_STREAM_PREMATURE_CLOSE'))
      return;
    say(caller, `read stdin: ${error instanceof Error ? error.message : String(error)}`);
  });
  return source;
}

/**
 * A FIFO or a socket does not block from now on, also for whoever else has it: opened anew, a FIFO whose writer
 * has gone would never end. What is closed in the end is a duplicate, which Node does whatever it is asked for.
 */
export function openStandardInput({ descriptor, terminal }: CallerStream): Readable {
  if (terminal) return new ReadStream(descriptor);
  const stats = fstatSync(descriptor);
  if (stats.isFIFO() || stats.isSocket())
    return new Socket({ fd: duplicateHigh(descriptor), readable: true, writable: false });
  return createReadStream('', { fd: duplicateHigh(descriptor) });
}
