import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WindowSize } from '../linux/terminal.ts';
import { Interrupted } from './interrupted.ts';
import { PseudoTerminal } from './pseudo-terminal.ts';

/** Bytes of each stream. */
const MOST = 8 * 1024 * 1024;

interface HostProgramOptions {
  argv: readonly string[];
  directory: string;
  environment: { readonly [name: string]: string | undefined };
  /** It leads a session on a terminal of this size, which is its three streams. */
  terminal?: WindowSize | undefined;
}

/** A program of the host that runs, for whoever sits in front of it. */
export class HostProgram {
  readonly #argv: readonly string[];
  readonly #terminal: PseudoTerminal | undefined;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #exited: Promise<unknown[]>;
  readonly #stdout: () => string;
  readonly #stderr: () => string;

  constructor({ argv, directory, environment, terminal }: HostProgramOptions) {
    this.#argv = argv;
    this.#terminal = terminal && new PseudoTerminal(terminal);
    const [file = '', ...args] = argv;
    const options = { cwd: directory, env: environment };
    this.#child = this.#terminal
      ? // In a group that is not its own yet, so that it can lead a session without another process between.
        spawn('setsid', ['--ctty', file, ...args], { ...options, stdio: this.#terminal.stdio })
      : spawn(file, args, { ...options, detached: true });
    const { stdin, stdout, stderr } = this.#child;
    [this.#stdout, this.#stderr] = [collect(stdout), collect(stderr)];
    stdin?.on('error', () => undefined);
    this.#closed = once(this.#child, 'close');
    this.#exited = once(this.#child, 'exit');
    for (const end of [this.#closed, this.#exited]) end.catch(() => undefined);
  }

  /** Writes to its input. */
  type(text: string): void {
    if (this.#terminal) this.#terminal.type(text);
    else this.#child.stdin?.write(text);
  }

  /** Its input has an end: of a terminal, that is gone as when its window is closed. */
  endInput(): void {
    if (this.#terminal) this.#terminal.hangUp();
    else this.#child.stdin?.end();
  }

  /** No effect without a terminal. */
  resize(size: WindowSize): void {
    this.#terminal?.resize(size);
  }

  /** No effect on one that has ended. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** What is to be seen until now; `raw` says whether its terminal lets every key through. */
  seen(): { ended: boolean; stdout: string; stderr: string; raw?: boolean } {
    const ended = this.#child.exitCode !== null || this.#child.signalCode !== null;
    const raw = this.#terminal?.isRaw();
    const stdout = this.#terminal?.shown() ?? this.#stdout();
    return { ended, stdout, stderr: this.#stderr(), ...(raw !== undefined && { raw }) };
  }

  /** Waits for its end, so many milliseconds; then it is killed with its children, and throws Interrupted. */
  async end(patience: number) {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.kill();
    }, patience);
    try {
      const [code, signal] = (await this.#exited) as [number | null, string | null];
      await this.#terminal?.settle();
      // Who was started by it, and lives on, may hold the other ends.
      if (this.#terminal === undefined) await Promise.race([this.#closed, sleep(1000)]);
      if (late)
        throw new Interrupted(
          'TIMEOUT',
          `"${this.#argv.join(' ').slice(0, 80)}" did not end within ${patience} ms`,
        );
      const { stdout, stderr, raw } = this.seen();
      return { code, signal, stdout, stderr, json: jsonIn(stdout), ...(raw !== undefined && { raw }) };
    } finally {
      clearTimeout(timer);
      this.#child.stdout?.destroy();
      this.#child.stderr?.destroy();
    }
  }

  /** Kills what has not ended, with its children, and takes its terminal away. */
  kill(): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) killGroup(pid);
    this.#terminal?.hangUp();
  }
}

/** Runs a program of the host to its end. Throws Interrupted where it does not come to one. */
export async function runOnHost({
  stdin,
  patience,
  ...options
}: HostProgramOptions & { stdin: string; patience: number }) {
  const program = new HostProgram(options);
  program.type(stdin);
  program.endInput();
  return program.end(patience);
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MOST) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString();
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}
