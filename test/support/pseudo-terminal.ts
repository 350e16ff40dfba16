import { closeSync, openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { declare } from '../../src/linux/libc.ts';
import { setWindowSize, type WindowSize } from '../../src/linux/terminal.ts';

const TIOCSPTLCK = 0x40045431;
const TIOCGPTN = 0x80045430;

const ioctl = declare<[number, number, string, Buffer]>('int ioctl(int fd, unsigned long request, ...)');

/** A terminal as a user sits at one: what is typed and what is seen. */
export function openTerminal(size: WindowSize = { rows: 24, columns: 80 }) {
  const master = openSync('/dev/ptmx', 'r+');
  const number = Buffer.alloc(4);
  ioctl(master, TIOCSPTLCK, 'void *', Buffer.alloc(4));
  ioctl(master, TIOCGPTN, 'void *', number);
  setWindowSize(master, size);
  const path = `/dev/pts/${number.readUInt32LE(0)}`;
  const slave = openSync(path, 'r+');
  const stream = new ReadStream(master);
  let seen = '';
  stream.on('error', () => {}); // EIO, when nobody has it open any more.
  stream.on('data', (bytes) => {
    seen += bytes;
  });
  return {
    path,
    /** For the standard streams of a program. */
    slave,
    seen: () => seen,
    type: (text: string) => stream.write(text),
    resize: (to: WindowSize) => setWindowSize(master, to),
    /** As when the window is closed. */
    close(): void {
      if (stream.destroyed) return;
      closeSync(slave);
      stream.destroy();
    },
  };
}
