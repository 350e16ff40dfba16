import { type ErrorCode, ScError } from './error.ts';
import type { Problem } from './problem.ts';

/** An error as data, in the form of schema/fault.schema.json. */
export function faultOf(error: ScError) {
  const { code, message, errno, hint, undo } = error;
  return {
    code,
    message,
    ...(errno !== undefined && { errno }),
    ...(hint !== undefined && { hint }),
    ...('problems' in error && { problems: [...(error.problems as readonly Problem[])] }),
    ...(undo.length > 0 && { undo: undo.map(({ message }) => message) }),
  };
}

/** The error that such data was, as far as it is in it. */
export function errorOf(fault: {
  code: ErrorCode;
  message: string;
  errno?: string;
  hint?: string;
  undo?: readonly string[];
}): ScError {
  const { code, message, errno, hint, undo = [] } = fault;
  return new ScError(code, message, {
    ...(errno !== undefined && { errno }),
    ...(hint !== undefined && { hint }),
    undo: undo.map((words) => new Error(words)),
  });
}
