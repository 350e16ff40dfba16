import type { ErrorCode } from './error.ts';

/**
 * The exit code by which a shell tells that a program was not started: 127 where it is not there, 126 where it
 * cannot be executed. Undefined for what is not the program's fault.
 */
export function unstartedCode(code: ErrorCode | undefined): 126 | 127 | undefined {
  if (code === 'SC_PROGRAM_NOT_FOUND') return 127;
  return code === 'SC_NOT_EXECUTABLE' ? 126 : undefined;
}
