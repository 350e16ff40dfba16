import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** One of those who are compared: it does the same thing as the others, in its own way. */
export interface Party {
  readonly name: string;
  /** What it leaves out or does beside, so that the table tells the truth. */
  readonly note?: string;
  /** Does it `count` times, one after the other, and answers how many milliseconds each took. */
  measure(count: number): Promise<number[]>;
  end(): Promise<void>;
}

export interface ResidentCommand {
  name: string;
  note?: string;
  argv: readonly [string, ...string[]];
  environment?: NodeJS.ProcessEnv;
  /** Written to its standard input first. */
  preamble?: string;
}

/**
 * A program that stays and measures itself: it reads lines with a count, and writes for each a line of so
 * many durations in nanoseconds. So what it costs to reach it is in no figure.
 */
export function residentParty({ name, note, argv, environment, preamble = '' }: ResidentCommand): Party {
  const [file, ...args] = argv;
  const child = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: environment ?? process.env,
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.write(preamble);
  return {
    name,
    ...(note !== undefined && { note }),
    async measure(count) {
      child.stdin.write(`${count}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${name} ended instead of measuring`);
      return value
        .trim()
        .split(' ')
        .map((nanoseconds) => Number(nanoseconds) / 1e6);
    },
    async end() {
      child.stdin.end();
      await ended;
    },
  };
}
