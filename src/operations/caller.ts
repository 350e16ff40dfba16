import { isAbsolute, resolve } from 'node:path';
import { visible } from '../errors/visible.ts';
import { writeFully } from '../linux/descriptor.ts';

/** One of the standard streams of who called: a descriptor that is handed on, never read or set up. */
export interface CallerStream {
  descriptor: number;
  terminal: boolean;
}

/** Where signals to the caller arrive; `process` is one. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

/** Who asks for an operation: the command line, a monitor, a program that imports the library. */
export interface Caller {
  stdin: CallerStream;
  stdout: CallerStream;
  stderr: CallerStream;
  environment: { readonly [name: string]: string | undefined };
  /** Absolute. */
  workingDirectory: string;
  signals: SignalSource;
  /** Ends what is running. */
  abort?: AbortSignal;
  /** argv that starts this program once more, for what is left to do when it was killed. */
  self?: readonly string[];
  /** Milliseconds for which it waits for a monitor that says nothing; 10 s without it. */
  patience?: number;
  /** Hears each line that is told while an operation goes on, in place of stderr. */
  tell?: (words: string) => void;
}

/** A path as the caller means it. An absolute one needs no working directory, which may have been removed. */
export function absolutePath(path: string, caller: Caller): string {
  return isAbsolute(path) ? resolve(path) : resolve(caller.workingDirectory, path);
}

/**
 * Tells the caller something while an operation goes on. A caller who no longer listens is no error. On a terminal
 * of which a container makes use the cursor may be anywhere, and a newline alone does not go to the beginning of
 * the line.
 */
export function say(caller: Caller, message: string, { onTerminal = false } = {}): void {
  try {
    const words = `sc: ${visible(message)}`;
    if (caller.tell !== undefined) caller.tell(words);
    else writeFully(caller.stderr.descriptor, onTerminal ? `\r\n${words}\r\n` : `${words}\n`);
  } catch {
    // Nobody reads there any more, and an operation must not end for that.
  }
}
