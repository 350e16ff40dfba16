import type { FlagShape } from '../arguments.ts';

export interface Flag extends FlagShape {
  description?: string;
  summary?: string;
  options?: readonly string[];
  multiple?: boolean;
  hidden?: boolean;
  helpValue?: string | readonly string[];
}

export interface Argument {
  name: string;
  multiple?: boolean;
  options?: readonly string[];
}

/** What oclif's manifest says of a command. */
export interface CompletableCommand {
  id: string;
  aliases?: readonly string[];
  hidden?: boolean;
  summary?: string;
  flags: { readonly [name: string]: Flag };
  args: { readonly [name: string]: Argument };
}

export function visibleCommands(commands: readonly CompletableCommand[]): CompletableCommand[] {
  return commands.filter(({ hidden }) => !hidden);
}

/** The command with whose name the words begin, and how many of them its name takes. */
export function findCommand(
  [first = '', second]: readonly string[],
  commands: readonly CompletableCommand[],
): { command: CompletableCommand; length: number } | undefined {
  const named = (id: string) =>
    commands.find((command) => command.id === id || command.aliases?.includes(id));
  const ofTopic = second === undefined ? undefined : named(`${first}:${second}`);
  if (ofTopic !== undefined) return { command: ofTopic, length: 2 };
  const command = named(first);
  return command === undefined ? undefined : { command, length: 1 };
}
