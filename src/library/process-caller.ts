import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { isatty } from 'node:tty';
import { ScError } from '../errors/error.ts';
import type { Caller, CallerStream, SignalSource } from '../operations/caller.ts';

/** What may be otherwise than in this process. */
export interface CallerOptions {
  /** Descriptors that a container gets as its standard streams. They are only named, never read or set up. */
  stdin?: number;
  stdout?: number;
  stderr?: number;
  /** What variables in a container file stand for. */
  environment?: Caller['environment'];
  /** Where relative paths begin, absolute. */
  workingDirectory?: string;
  /**
   * Where signals arrive that are for a container in the foreground: `process`, for a program that does nothing else.
   * Without it none is listened for.
   */
  signals?: SignalSource;
  /** Ends what is running. */
  abort?: AbortSignal;
  /** Milliseconds for which it waits for a monitor that says nothing. Default: 10000. */
  patience?: number;
  /** argv that starts sc. Default: the one of this package. */
  self?: readonly string[];
}

/**
 * This process as the one that calls an operation: with its standard streams, environment and working directory, as far
 * as nothing else is given. process.stdin and process.stdout are never asked for, since Node changes the open file
 * behind them, which a container shares.
 */
export function processCaller(options: CallerOptions = {}): Caller {
  const { stdin = 0, stdout = 1, stderr = 2, signals = nobody, abort, patience } = options;
  return {
    stdin: stream(stdin),
    stdout: stream(stdout),
    stderr: stream(stderr),
    environment: options.environment ?? process.env,
    // Asked for when they are needed: the directory may have been removed, and not every operation needs them.
    get workingDirectory() {
      return options.workingDirectory ?? workingDirectory();
    },
    get self() {
      return options.self ?? [executable()];
    },
    signals,
    ...(abort !== undefined && { abort }),
    ...(patience !== undefined && { patience }),
  };
}

const nobody: SignalSource = { on: () => undefined, off: () => undefined };

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

/** The launcher, which finds the Node.js of the package. */
function executable(): string {
  return join(dirname(findPackageJSON(import.meta.url) ?? ''), 'bin/sc');
}

function stream(descriptor: number): CallerStream {
  return { descriptor, terminal: isatty(descriptor) };
}
