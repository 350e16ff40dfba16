import { type ErrorCode, type ErrorDetails, ScError } from './error.ts';

/**
 * What an error says in our wording, to stand behind the action that failed. Node's own
 * `EACCES: permission denied, mkdir '/a'` becomes `mkdir "/a": EACCES`.
 */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall, path, dest } = error as NodeJS.ErrnoException & { dest?: string };
  if (syscall === undefined || code === undefined) return error.message;
  const objects = [path, dest].filter((object) => object !== undefined).map((object) => `"${object}"`);
  return objects.length === 0 ? `${syscall}: ${code}` : `${syscall} ${objects.join(' to ')}: ${code}`;
}

/** The kernel's error name, of Node's errors and of ours. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('syscall' in error && 'code' in error) return String(error.code);
  return 'errno' in error && typeof error.errno === 'string' ? error.errno : undefined;
}

/** What to try where a process has no number left for a file: of an error that has no hint of its own. */
export const MORE_FILES = 'allow sc more open files, such as 1024 (ulimit -n)';

/** The error of an action that `cause` made fail; the hint of the cause is its hint too. */
export function failure(code: ErrorCode, action: string, cause: unknown, undo: Error[] = []): ScError {
  const details: ErrorDetails = { cause, undo };
  const errno = errnoOf(cause);
  if (errno !== undefined) details.errno = errno;
  const hint = cause instanceof ScError ? cause.hint : undefined;
  if (hint !== undefined) details.hint = hint;
  else if (errno === 'EMFILE') details.hint = MORE_FILES;
  return new ScError(code, `${action}: ${reason(cause)}`, details);
}

/** Runs an action, so that a system call of Node's that fails in it throws an ScError which names the action. */
export async function during<Result>(
  code: ErrorCode,
  action: string,
  run: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ScError || errnoOf(error) === undefined) throw error;
    throw failure(code, action, error);
  }
}

/** Runs an action whose errors do not say yet what was done to whom, so that they do. */
export async function naming<Result>(action: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof ScError ? failure(error.code, action, error) : error;
  }
}
