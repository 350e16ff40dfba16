import { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { writeFully } from '../linux/descriptor.ts';

/**
 * Replaces Node's own stdout and stderr where they are no terminals. Node's set O_NONBLOCK on the open
 * file that the caller gave us, and the container, which is handed the same, would get EAGAIN from it.
 * These write before they return, so that nothing is lost by a process that exits.
 */
export function useBlockingStreams(): void {
  for (const [name, descriptor] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    if (isatty(descriptor)) continue;
    const stream = new BlockingStream(descriptor);
    // A reader that left (`sc ps | head -1`) is no error; oclif listens on stdout alone.
    stream.on('error', () => {});
    Object.defineProperty(process, name, { value: stream, configurable: true, enumerable: true });
  }
}

class BlockingStream extends Writable {
  readonly fd: number;
  readonly isTTY = false;

  constructor(descriptor: number) {
    super({ decodeStrings: true, emitClose: false });
    this.fd = descriptor;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    try {
      writeFully(this.fd, chunk);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
