import type { ScError } from './error.ts';
import { InvalidFileError } from './problem.ts';

/** An error as data, in the form of schema/fault.schema.json. */
export function faultOf(error: ScError) {
  const { code, message, errno, hint, undo } = error;
  return {
    code,
    message,
    ...(errno !== undefined && { errno }),
    ...(hint !== undefined && { hint }),
    ...(error instanceof InvalidFileError && { problems: [...error.problems] }),
    ...(undo.length > 0 && { undo: undo.map(({ message }) => message) }),
  };
}
