import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { execa } from 'execa';
import { declare } from '../../src/linux/libc.ts';
import { setWindowSize, type WindowSize } from '../../src/linux/terminal.ts';
import { eventually, type makeCommandLine } from './command-line.ts';

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
    /** Waits until that is seen. */
    shows: (text: string | RegExp) =>
      eventually(() => {
        const isSeen = typeof text === 'string' ? seen.includes(text) : text.test(seen);
        return isSeen ? true : undefined;
      }),
    /** Its modes, without its size. */
    async modes(): Promise<string> {
      const { stdout } = await execa('stty', ['-a', '-F', path]);
      return stdout.replace(/rows \d+; columns \d+/, '');
    },
    /** Forgets what was seen. */
    clear(): void {
      seen = '';
    },
    /** Starts sc as the leader of a session on the terminal, as a login does. */
    start({ executable, options }: ReturnType<typeof makeCommandLine>, ...args: string[]) {
      const child = spawn('setsid', ['--ctty', '--wait', executable, ...args], {
        cwd: options.cwd,
        env: { ...process.env, ...options.env },
        stdio: [slave, slave, slave],
      });
      return { child, ended: once(child, 'exit').then(([code]) => code as number) };
    },
    /** As when the window is closed. */
    close(): void {
      if (stream.destroyed) return;
      closeSync(slave);
      stream.destroy();
    },
  };
}
