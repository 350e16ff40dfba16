import { ScError } from '../errors/error.ts';
import type { Problem } from '../errors/problem.ts';
import { flagOf, type MountFlags } from './flag-names.ts';
import { commandLine } from './run-document.ts';

/**
 * Runs what reads a command line, so that its errors have flags in the place of the fields that they stand for,
 * and say where to read about them.
 */
export async function atCommandLine<Value>(
  command: 'run' | 'update',
  flags: MountFlags,
  action: () => Promise<Value> | Value,
): Promise<Value> {
  const help = `sc ${command} --help`;
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof ScError)) throw error;
    if (!('problems' in error)) throw error.code === 'SC_USAGE' ? withHint(error, help) : error;
    const problems = error.problems as readonly Problem[];
    // A file that a flag names has lines of its own.
    if (problems.some(({ file }) => file !== commandLine)) throw error;
    // What has a hint of its own is no matter of the command line, such as an image that is not there.
    throw new CommandLineError(error, problems, flags, error.hint ?? help);
  }
}

function withHint({ code, message, hint, cause }: ScError, help: string): ScError {
  return new ScError(code, message, { cause, hint: hint === undefined ? help : `${hint}\n${help}` });
}

/** What is wrong with a command line; `path` is the flag, and there are no lines to point at. */
class CommandLineError extends ScError {
  readonly problems: readonly Problem[];

  constructor({ code }: ScError, problems: readonly Problem[], flags: MountFlags, hint: string) {
    const described = problems.map((problem) => inFlags(problem, flags));
    super(
      code === 'SC_BAD_FILE' ? 'SC_USAGE' : code,
      described.map(({ path, message }) => `${path}: ${message}`).join(', '),
      { hint },
    );
    this.name = 'CommandLineError';
    this.problems = described;
  }
}

/** Flags in the place of fields, and no words of a file. */
function inFlags(problem: Problem, flags: MountFlags): Problem {
  const { path, message } = problem;
  return {
    ...problem,
    ...(path === 'process' && { expected: 'a program and its arguments' }),
    line: 0,
    column: 0,
    path: flagOf(path, flags),
    message: message.replace('missing key "args": ', ''),
  };
}
