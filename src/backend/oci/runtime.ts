import { existsSync } from 'node:fs';
import { basename, isAbsolute } from 'node:path';
import { execa } from 'execa';
import { ScError } from '../../errors/error.ts';
import { errnoOf } from '../../errors/reason.ts';
import { findProgram, HOST_PATH } from '../../linux/find-program.ts';

/** The environment of a runtime. */
export const RUNTIME_ENVIRONMENT = [`PATH=${HOST_PATH}`];

/** A runtime of the OCI on this host. */
export interface Runtime {
  /** As it was asked for: `runc`, or a path. */
  name: string;
  /** Absolute. */
  path: string;
  /** For people: `runc`. */
  words: string;
}

/** Finds a runtime by its name or path. Throws SC_HOST_UNFIT where it is not there or cannot be executed. */
export function findRuntime(name: string): Runtime {
  const path = findProgram(name, HOST_PATH);
  if (path !== undefined) return { name, path, words: basename(name) };
  throw notUsable(name, isAbsolute(name) && existsSync(name) ? 'EACCES' : 'ENOENT');
}

function notUsable(name: string, errno: string): ScError {
  const where = isAbsolute(name) ? '' : `, looked for in ${HOST_PATH.replaceAll(':', ', ')}`;
  return new ScError('SC_HOST_UNFIT', `use runtime "${name}": ${errno}${where}`, {
    errno,
    hint: isAbsolute(name)
      ? 'name an executable program of this host: --backend oci:/path/to/runtime'
      : `install it (apt-get install ${name}), or give its path: --backend oci:/path/to/${name}`,
  });
}

/** More than any runtime has to say. */
const LONGEST_ANSWER = 1 << 20;

/**
 * Has a runtime do something outside of a keeper, whatever becomes of that; answers what it has said, where that is
 * wanted and it has succeeded. Throws SC_TIMEOUT where it does not come back; whom it has started is killed with it
 * then, and holds up nobody, since nothing more is read from them.
 */
export async function callRuntime(
  { path, words }: Runtime,
  args: readonly string[],
  patience: number,
  isHeard = false,
): Promise<string | undefined> {
  const [{ key, value }] = RUNTIME_ENVIRONMENT.map(parseVariable) as [{ key: string; value: string }];
  const called = execa(path, [...args], {
    env: { [key]: value },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    stdout: isHeard ? 'pipe' : 'ignore',
    stderr: 'ignore',
    maxBuffer: LONGEST_ANSWER,
    // In a process group of its own.
    detached: true,
  });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    killGroup(called.pid);
    called.stdout?.destroy();
  }, patience);
  const { exitCode, stdout } = await called;
  clearTimeout(timer);
  if (!isLate) return isHeard && exitCode === 0 ? stdout : undefined;
  throw noEnd(`${words} ${args.find((arg) => /^[a-z]/.test(arg))}`, patience);
}

/** It may have ended in this moment. */
function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

function parseVariable(text: string): { key: string; value: string } {
  const [key = '', ...rest] = text.split('=');
  return { key, value: rest.join('=') };
}

export function noEnd(words: string, patience: number): ScError {
  return notInTime(`${words}: it has not ended within ${patience / 1000} s, and was killed`);
}

export function notInTime(message: string): ScError {
  return new ScError('SC_TIMEOUT', message, {
    hint: 'look at what hinders the runtime by calling it by hand, or use another one',
  });
}

/** The last that a runtime has said, for people: in the form of logrus, or plain. */
export function wordsOf(said: string): string {
  const last = said.trimEnd().split('\n').at(-1)?.trim() ?? '';
  const quoted = /\bmsg="((?:[^"\\]|\\.)*)"/.exec(last)?.[1];
  return (quoted?.replaceAll(/\\(.)/g, '$1') ?? last).slice(0, 500);
}
