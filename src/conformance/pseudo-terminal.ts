import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { isRaw, setWindowSize, terminalBehind, type WindowSize } from '../linux/terminal.ts';

/** Characters that are kept of what is shown. */
const MOST = 8 * 1024 * 1024;

/** A terminal as a user sits at one: what is typed and what is seen. */
export class PseudoTerminal {
  readonly #master: number;
  readonly #stream: ReadStream;
  #slave: number | undefined;
  #shown = '';
  /** How it was when its program had ended. */
  #isRaw: boolean | undefined;

  constructor(size: WindowSize) {
    this.#master = openSync('/dev/ptmx', 'r+');
    setWindowSize(this.#master, size);
    this.#slave = openSync(terminalBehind(this.#master), 'r+');
    this.#stream = new ReadStream(this.#master);
    // EIO, when nobody has it open any more.
    this.#stream.on('error', () => this.#stream.destroy());
    // Bytes of a character may come in two reads.
    this.#stream.setEncoding('utf8');
    this.#stream.on('data', (text: string) => {
      if (this.#shown.length < MOST) this.#shown += text;
    });
  }

  /** For the standard streams of a program. */
  get stdio(): [number, number, number] {
    const slave = this.#slave ?? -1;
    return [slave, slave, slave];
  }

  type(text: string): void {
    this.#stream.write(text);
  }

  resize(size: WindowSize): void {
    setWindowSize(this.#master, size);
  }

  shown(): string {
    return this.#shown;
  }

  /** Whether it lets every key through, now or when its program had ended. Undefined where it is gone. */
  isRaw(): boolean | undefined {
    return this.#slave === undefined ? this.#isRaw : isRaw(this.#slave);
  }

  /** When its program has ended: all that it has shown is there. Who lives on may hold the terminal. */
  async settle(): Promise<void> {
    this.#isRaw = this.isRaw();
    this.#release();
    if (this.#stream.destroyed) return;
    const closed = new Promise((resolve) => this.#stream.once('close', resolve));
    await Promise.race([closed, sleep(1000)]);
  }

  /** As when its window is closed: its session gets SIGHUP. */
  hangUp(): void {
    this.#release();
    this.#stream.destroy();
  }

  #release(): void {
    if (this.#slave !== undefined) closeSync(this.#slave);
    this.#slave = undefined;
  }
}
