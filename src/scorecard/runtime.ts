import type { Outcome } from './command.ts';
import type { Kitchen } from './kitchen.ts';

/** Runs a command of the host with the environment and the patience that all have. */
export type Run = (argv: readonly [string, ...string[]]) => Promise<Outcome>;

/** One of those who are compared, with its own default profile. */
export interface Runtime {
  readonly name: string;
  /** What answers with its version, and is missing where the runtime is. */
  readonly version: readonly [string, ...string[]];
  /** Makes what it needs in the kitchen, and answers the command that runs the probe. */
  prepare(kitchen: Kitchen, run: Run): Promise<readonly [string, ...string[]]>;
  /** Takes away what is not in the kitchen. */
  clean?(kitchen: Kitchen, run: Run): Promise<void>;
}

/** The output of a command that has to succeed; throws with the last thing that it said. */
export async function succeed(run: Run, argv: readonly [string, ...string[]]): Promise<string> {
  const outcome = await run(argv);
  if (outcome.code !== 0) throw new Error(failureOf(argv[0], outcome));
  return outcome.stdout.toString();
}

/** What a command that failed said last. */
export function failureOf(name: string, { code, stderr, ended }: Outcome): string {
  if (ended === 'timeout') return `${name} did not end in time`;
  if (ended === 'abort') return 'interrupted';
  if (ended === 'output') return `${name} said too much`;
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return lines.at(-1)?.trim() ?? `${name} ended with ${code ?? 'a signal'}`;
}
