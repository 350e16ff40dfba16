import { ScError } from '../../errors/error.ts';
import { errnoName } from '../../linux/libc.ts';
import type { Program } from './program/program.ts';
import { INDEX_KILLED } from './protocol.ts';
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

/** The error for the entry of the program that failed, in words, with the kernel's error name. */
export function failureOf(program: Program, index: number, errnoNumber: number, executed: string): ScError {
  if (index === INDEX_KILLED) {
    return new ScError('SC_START_FAILED', 'start the container: it was killed while it was being set up', {
      hint:
        'give it a larger memory limit, if it has one, and see in the kernel log who killed it\n' +
        'where it has one of its own, let its seccomp profile allow write and execve',
    });
  }
  const errno = errnoName(errnoNumber);
  const label = program.labels[index];
  const message = `${label ?? 'start the container'}: ${errno} (step ${index})`;
  if (label === executeLabel(executed)) return executeFailure(message, errno, executed);
  const hint = program.hintsOf(index)?.[errno];
  return new ScError('SC_START_FAILED', message, { errno, ...(hint && { hint }) });
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
