import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { errnoOf } from '../errors/reason.ts';
import { visible } from '../errors/visible.ts';
import type { HookSpec } from '../schema/container-spec.ts';
import { LONGEST_TIMER } from './longest-timer.ts';

/** Of what a hook says as much is told, its last line. */
const LONGEST = 500;
const MOST_KEPT = 4 * LONGEST;

/**
 * Runs a program of the host with the variables that it is given and no others, in a session of its own, and `state` on
 * standard input. Answers what is wrong: that it could not be executed, has failed, or has taken longer than it may
 * and was killed with those whom it has started.
 */
export async function runHook(
  { path, args, environment, timeout }: HookSpec,
  state: string,
): Promise<string | undefined> {
  const [argv0 = path, ...rest] = args;
  try {
    const hook = spawn(path, rest, {
      argv0,
      cwd: '/',
      env: Object.fromEntries(environment.map(splitVariable)),
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true,
    });
    // It could not be executed, and may have no streams.
    if (hook.pid === undefined) await once(hook, 'exit');
    const said = endOf(hook.stderr);
    // One that does not read what it is told.
    hook.stdin.on('error', () => undefined);
    hook.stdin.end(state);
    let isLate = false;
    const timer = setTimeout(
      () => {
        isLate = true;
        killGroup(hook.pid);
      },
      Math.min(timeout, LONGEST_TIMER),
    );
    const [code, signal] = await once(hook, 'exit').finally(() => clearTimeout(timer));
    // Whoever it has left behind may hold the other end: what it has said itself is there when the loop has turned.
    for (let turn = 0; turn < 2; turn++) await setImmediate();
    hook.stderr.destroy();
    if (isLate) return `it has not ended within ${timeout / 1000} s, and was killed`;
    return code === 0 ? undefined : [signal ?? `exit code ${code}`, ...said()].join(': ');
  } catch (error) {
    return errnoOf(error) ?? String(error);
  }
}

/** The last line that comes, as far as there is one. */
function endOf(stream: Readable): () => string[] {
  let heard = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    heard = Buffer.concat([heard, chunk]).subarray(-MOST_KEPT);
  });
  return () => {
    const line = heard.toString().trimEnd().split('\n').at(-1)?.slice(0, LONGEST) ?? '';
    return line === '' ? [] : [visible(line)];
  };
}

/** It may have ended in this moment. */
function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

function splitVariable(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}
