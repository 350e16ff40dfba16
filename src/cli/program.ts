import { fileURLToPath } from 'node:url';
import type { FlagShape } from './arguments.ts';

/** What is known of a command without loading it. */
export interface KnownCommand {
  id: string;
  aliases?: readonly string[];
  flags: { [name: string]: FlagShape };
}

/** The commands that there are, and how one is run. */
export interface Program {
  readonly commands: readonly KnownCommand[];
  readonly commandIDs: readonly string[];
  findCommand(id: string): unknown;
  findTopic(id: string): unknown;
  /** `line` begins with the command. Answers its exit code, if it has one. */
  run(line: string[]): Promise<unknown>;
}

/** All that oclif offers: help and suggestions too. */
export async function oclifProgram(): Promise<Program> {
  const { Config } = await import('@oclif/core/config');
  const { run } = await import('@oclif/core/run');
  const { settings } = await import('@oclif/core/settings');
  settings.enableAutoTranspile = false;
  // Else oclif would execute what a file in the user's directories names, at every start.
  const config = await Config.load({
    root: fileURLToPath(import.meta.url),
    userPlugins: false,
    devPlugins: false,
  });
  return {
    commands: config.commands as readonly KnownCommand[],
    commandIDs: config.commandIDs,
    findCommand: (id) => config.findCommand(id),
    findTopic: (id) => config.findTopic(id),
    run: (line) => run(line, config),
  };
}
