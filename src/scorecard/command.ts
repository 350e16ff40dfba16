import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Bytes of output that are kept; a runner that says more is not believed anyway. */
const MOST_OUTPUT = 16 * 2 ** 20;

/** Milliseconds for the last of the output to come. */
const LINGER = 1000;

interface CommandOptions {
  environment: { readonly [name: string]: string | undefined };
  /** Becomes descriptor 3 of the command. */
  descriptor?: number;
  /** Milliseconds; then it is killed. */
  timeout: number;
  /** Ends it early. */
  abort: AbortSignal;
}

export interface Outcome {
  /** Undefined where a signal ended it. */
  code: number | undefined;
  stdout: Buffer;
  stderr: string;
  /** Why it did not end by itself. */
  ended?: 'timeout' | 'abort' | 'output';
}

/**
 * Runs a program of the host without input, in a session of its own: it has no terminal that what it starts
 * could write to, and it is killed with its children. Throws ENOENT where there is no such program.
 */
export async function capture(
  [file, ...args]: readonly [string, ...string[]],
  { environment, descriptor, timeout, abort }: CommandOptions,
): Promise<Outcome> {
  const stdio = ['ignore', 'pipe', 'pipe', ...(descriptor === undefined ? [] : [descriptor])] as const;
  const child = spawn(file, args, { detached: true, stdio: [...stdio], env: environment, cwd: '/' });
  await once(child, 'spawn');
  let ended: Outcome['ended'];
  const kill = (why: NonNullable<Outcome['ended']>) => {
    ended ??= why;
    killGroup(child.pid);
  };
  const collect = (stream: NodeJS.ReadableStream | null) => {
    const chunks: Buffer[] = [];
    let size = 0;
    stream?.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_OUTPUT) kill('output');
      else chunks.push(chunk);
    });
    return () => Buffer.concat(chunks);
  };
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const timer = setTimeout(kill, timeout, 'timeout');
  const onAbort = () => kill('abort');
  abort.addEventListener('abort', onAbort);
  try {
    if (abort.aborted) onAbort();
    const closed = once(child, 'close');
    const [code] = await once(child, 'exit');
    // Who has left the session may still hold the other ends.
    await Promise.race([closed, sleep(LINGER)]);
    for (const stream of [child.stdout, child.stderr]) stream?.destroy();
    return {
      code: code ?? undefined,
      stdout: stdout(),
      stderr: stderr().toString(),
      ...(ended !== undefined && { ended }),
    };
  } finally {
    clearTimeout(timer);
    abort.removeEventListener('abort', onAbort);
    // Nothing of its group outlives it.
    killGroup(child.pid);
  }
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}
