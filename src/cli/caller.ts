import { isatty } from 'node:tty';
import { ScError } from '../errors/error.ts';
import type { Caller, CallerStream } from '../operations/caller.ts';

/**
 * Who called this process. The descriptors are only named: process.stdin and process.stdout are never
 * asked for, since Node changes the open file behind them, which the container shares.
 */
export function processCaller(): Caller {
  return {
    stdin: stream(0),
    stdout: stream(1),
    stderr: stream(2),
    environment: process.env,
    // Asked for when it is needed: it may have been removed, and not every command needs it.
    get workingDirectory() {
      return workingDirectory();
    },
    signals: process,
    self: [process.execPath, ...process.argv.slice(1, 2)],
  };
}

/** What goes to the caller's stdout goes to its stderr instead, so that stdout holds one object alone. */
export function withoutStdout(caller: Caller): Caller {
  return Object.defineProperty(Object.create(caller), 'stdout', { value: caller.stderr, enumerable: true });
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new ScError('SC_SYSTEM_CALL', 'find the working directory: it has been removed', {
      errno: 'ENOENT',
      cause,
      hint: 'change to a directory that is there, such as cd /, or give absolute paths',
    });
  }
}

function stream(descriptor: number): CallerStream {
  return { descriptor, terminal: isatty(descriptor) };
}
