import { ScError } from '../../errors/error.ts';
import { errnoName } from '../../linux/libc.ts';
import type { Program } from './program/program.ts';
import { INDEX_KILLED, INDEX_OF_INIT, INDEX_OF_SMALL_INIT } from './protocol.ts';
import { executeLabel } from './render/execute.ts';

const notFound = new Set(['ENOENT', 'ENOTDIR']);
const notExecutable = new Set([
  'EACCES',
  'ENOEXEC',
  'EISDIR',
  'EPERM',
  'ELOOP',
  'ETXTBSY',
  'EINVAL',
  'ELIBBAD',
]);

/** Layers and mounts are descriptors before they are a container's. */
const MORE_FILES = 'allow sc more open files (ulimit -n), or have fewer layers and mounts';

/** What was tried: in words, with the name of the program that was to be executed, and what that takes. */
export interface Attempt {
  words: string;
  executed: string;
  /** System calls behind the filter. */
  calls: string;
  /** The list of what pid 1 executes in place of the program, where there is one. */
  smallInit?: Program | undefined;
  /** Where somebody else knows more of a step: its error. */
  explain?: (label: string, errno: string) => ScError | undefined;
  /** That of an init which a tool of the host starts. */
  init?: Program;
}

export function startOf(executed = '', smallInit?: Program): Attempt {
  const calls = smallInit ? 'write, execve, execveat, rt_sigtimedwait, waitid and kill' : 'write and execve';
  return { words: 'start the container', executed, calls, smallInit };
}

export function entryOf(executed = ''): Attempt {
  return {
    words: 'execute in the container',
    executed,
    calls: 'clone, setsid, prctl, write and execve',
  };
}

/** The error for the entry of the program that failed, in words, with the kernel's error name. */
export function failureOf(program: Program, index: number, errnoNumber: number, attempt: Attempt): ScError {
  if (index === INDEX_KILLED) return killedFailure(attempt);
  if (attempt.smallInit !== undefined && index >= INDEX_OF_SMALL_INIT) {
    const at = index - INDEX_OF_SMALL_INIT;
    return stepFailure(attempt.smallInit, at, `step ${at} of the init`, errnoNumber, attempt);
  }
  if (attempt.init !== undefined && index >= INDEX_OF_INIT && index < INDEX_OF_SMALL_INIT) {
    const at = index - INDEX_OF_INIT;
    return stepFailure(attempt.init, at, `step ${at} inside`, errnoNumber, attempt);
  }
  return stepFailure(program, index, `step ${index}`, errnoNumber, attempt);
}

function stepFailure(
  program: Program,
  index: number,
  step: string,
  errnoNumber: number,
  attempt: Attempt,
): ScError {
  const errno = errnoName(errnoNumber);
  const label = program.labels[index];
  const message = `${label ?? attempt.words}: ${errno} (${step})`;
  if (label === executeLabel(attempt.executed)) return executeFailure(message, errno, attempt.executed);
  const known = label === undefined ? undefined : attempt.explain?.(label, errno);
  if (known !== undefined) return known;
  const hint = program.hintsOf(index)?.[errno] ?? (errno === 'EMFILE' ? MORE_FILES : undefined);
  return new ScError('SC_START_FAILED', message, { errno, ...(hint && { hint }) });
}

/** Nobody could tell which step it was. */
export function killedFailure({ words, calls }: Attempt): ScError {
  return new ScError('SC_START_FAILED', `${words}: it was killed while it was being set up`, {
    hint:
      'give it a larger memory limit, if it has one, and see in the kernel log who killed it\n' +
      `where it has one of its own, let its seccomp profile allow ${calls}`,
  });
}

function executeFailure(message: string, errno: string, executed: string): ScError {
  if (notFound.has(errno)) {
    const where = executed.includes('/') ? 'there' : 'of this name in the PATH';
    const reason = `the container has no program ${where}, or lacks the interpreter that it names`;
    const hint = 'give the path of a program of the image, or add its directory to PATH';
    return new ScError('SC_PROGRAM_NOT_FOUND', `${message}: ${reason}`, { errno, hint });
  }
  if (notExecutable.has(errno)) {
    const reason = 'it is a directory, may not be executed by this user, or is no program';
    const hint = 'name another program, or make this one executable in the image';
    return new ScError('SC_NOT_EXECUTABLE', `${message}: ${reason}`, { errno, hint });
  }
  return new ScError('SC_START_FAILED', message, { errno });
}
