import { closeSync, openSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { isatty, WriteStream } from 'node:tty';
import { writeFully } from '../linux/descriptor.ts';

/**
 * Replaces process.stdin, stdout and stderr. Node's own set O_NONBLOCK on the open file behind the
 * descriptor as soon as anybody asks for them (an import from `node:process` does), and the container, which
 * is handed that file, would get EAGAIN from it. These leave stdin alone, and write before they return, so
 * that nothing is lost by a process that exits. Answers what puts Node's stdin back, for who has to ask.
 */
export function guardStandardStreams(): () => void {
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin') ?? {};
  replace('stdin', Object.assign(Readable.from([]), { fd: 0, isTTY: false }));
  replace('stdout', new BlockingStream(1));
  replace('stderr', new BlockingStream(2));
  return () => Object.defineProperty(process, 'stdin', stdin);
}

function replace(name: 'stdin' | 'stdout' | 'stderr', value: Readable | Writable): void {
  // A reader that left (`sc ps | head -1`) is no error.
  value.on('error', () => {});
  Object.defineProperty(process, name, { value, configurable: true, enumerable: true });
}

class BlockingStream extends Writable {
  readonly fd: number;
  readonly isTTY: boolean;

  constructor(descriptor: number) {
    super({ decodeStrings: true, emitClose: false });
    this.fd = descriptor;
    this.isTTY = isatty(descriptor);
  }

  get columns(): number | undefined {
    return this.isTTY ? this.getWindowSize()[0] : undefined;
  }

  /** Columns and rows of the terminal that this process belongs to, asked through a file of its own. */
  getWindowSize(): [number, number] {
    let terminal: number | undefined;
    try {
      terminal = openSync('/dev/tty', 'r+');
      const stream = new WriteStream(terminal);
      const size = stream.getWindowSize();
      stream.destroy();
      return size;
    } catch {
      if (terminal !== undefined) closeSync(terminal);
      return [80, 24];
    }
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
