import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Interrupted } from './interrupted.ts';

/** Bytes of each stream. */
const MOST = 8 * 1024 * 1024;

interface HostProgram {
  argv: readonly string[];
  directory: string;
  environment: { readonly [name: string]: string | undefined };
  stdin: string;
  /** Milliseconds; then it is killed with its children. */
  patience: number;
}

/** Runs a program of the host to its end. Throws Interrupted where it does not come to one. */
export async function runOnHost({ argv, directory, environment, stdin, patience }: HostProgram) {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { cwd: directory, env: environment, detached: true });
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    killGroup(child.pid);
  }, patience);
  const closed = once(child, 'close');
  closed.catch(() => undefined);
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    // Who was started by it, and lives on, may hold the other ends.
    await Promise.race([closed, sleep(1000)]);
    if (late)
      throw new Interrupted('TIMEOUT', `"${argv.join(' ').slice(0, 80)}" did not end within ${patience} ms`);
    const text = stdout();
    return { code, signal, stdout: text, stderr: stderr(), json: jsonIn(text) };
  } finally {
    clearTimeout(timer);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
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
