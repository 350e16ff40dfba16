import { TIOCSWINSZ } from './constants.ts';
import { declare } from './libc.ts';

/** Size of a terminal in characters. */
export interface WindowSize {
  rows: number;
  columns: number;
}

const TIOCGWINSZ = 0x5413;

// The third argument is variadic in C: koffi is told its type at each call.
const ioctl = declare<[number, number, string, Buffer]>('int ioctl(int fd, unsigned long request, ...)');

/** Size of the terminal behind a descriptor. Throws SC_SYSTEM_CALL with ENOTTY where there is none. */
export function windowSize(descriptor: number): WindowSize {
  const winsize = Buffer.alloc(8);
  ioctl(descriptor, TIOCGWINSZ, 'void *', winsize);
  return { rows: winsize.readUInt16LE(0), columns: winsize.readUInt16LE(2) };
}

/** Sets the size of a terminal; through its master this sends SIGWINCH to the foreground processes. */
export function setWindowSize(descriptor: number, size: WindowSize): void {
  const winsize = Buffer.alloc(8);
  winsize.writeUInt16LE(size.rows, 0);
  winsize.writeUInt16LE(size.columns, 2);
  ioctl(descriptor, TIOCSWINSZ, 'void *', winsize);
}
