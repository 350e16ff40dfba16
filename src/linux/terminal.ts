import { TIOCSWINSZ } from './constants.ts';
import { declare } from './libc.ts';

/** Size of a terminal in characters. */
export interface WindowSize {
  rows: number;
  columns: number;
}

const TIOCGWINSZ = 0x5413;
const TIOCSPTLCK = 0x40045431;
const TIOCGPTN = 0x80045430;

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

/** Path of the terminal that a descriptor of /dev/ptmx is the other side of, which can be opened from then on: pty(7). */
export function terminalBehind(master: number): string {
  const number = Buffer.alloc(4);
  ioctl(master, TIOCSPTLCK, 'void *', Buffer.alloc(4));
  ioctl(master, TIOCGPTN, 'void *', number);
  return `/dev/pts/${number.readUInt32LE(0)}`;
}

const tcgetattr = declare<[number, Buffer]>('int tcgetattr(int fd, void *termios)');
const tcsetattr = declare<[number, number, Buffer]>('int tcsetattr(int fd, int actions, void *termios)');
const cfmakeraw = declare<[Buffer]>('void cfmakeraw(void *termios)');

/** Applies a change when all output has been written (termios(3)). */
const TCSADRAIN = 1;

/** More than struct termios has with any libc. */
const TERMIOS_SIZE = 128;

/** How a terminal was, and how it lets every byte through. */
interface RawMode {
  /** Once more, where somebody else has set the terminal up since, as a shell does with a job that is stopped. */
  enter(): void;
  /** Puts the terminal back as it was, unless it is gone. A second call has no effect. */
  leave(): void;
}

/**
 * Lets every byte through in both directions, as the terminal inside expects; Node's raw mode would put a
 * carriage return before each newline. The terminal is put back at the latest when this process exits.
 */
export function makeRaw(descriptor: number): RawMode {
  const before = Buffer.alloc(TERMIOS_SIZE);
  tcgetattr(descriptor, before);
  const raw = Buffer.from(before);
  cfmakeraw(raw);
  let isRaw = true;
  const enter = () => {
    if (isRaw) attempt(() => tcsetattr(descriptor, TCSADRAIN, raw));
  };
  const leave = () => {
    if (isRaw) attempt(() => tcsetattr(descriptor, TCSADRAIN, before));
    isRaw = false;
    process.off('exit', leave);
  };
  tcsetattr(descriptor, TCSADRAIN, raw);
  process.once('exit', leave);
  return { enter, leave };
}

const [ICANON, ECHO] = [0o2, 0o10];

/** Whether a terminal gives every key on at once and shows none of them. The local modes are the fourth word: termios(3). */
export function isRaw(descriptor: number): boolean {
  const modes = Buffer.alloc(TERMIOS_SIZE);
  tcgetattr(descriptor, modes);
  return (modes.readUInt32LE(12) & (ICANON | ECHO)) === 0;
}

function attempt(change: () => void): void {
  try {
    change();
  } catch {
    // Gone: there is nothing to put back.
  }
}
