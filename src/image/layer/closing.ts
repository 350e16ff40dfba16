import { closeSync } from 'node:fs';

/** Runs an action with a descriptor that is closed behind it. */
export function closing<Result>(descriptor: number, action: (descriptor: number) => Result): Result {
  try {
    return action(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
