import type { Command } from '@oclif/core/command';
import type { Config } from '@oclif/core/config';
import { startPlainly } from './plain-start.ts';
import type { KnownCommand, Program } from './program.ts';

type CommandClass = { id: string } & (new (
  argv: string[],
  config: Config,
) => Command & { _run<Result>(): Promise<Result> });

export interface Loaded {
  /** All that oclif knows of, those of its plugins too. */
  known: readonly KnownCommand[];
  /** By their IDs, those that there are without a search, loaded or not. */
  commands: { readonly [id: string]: () => CommandClass | Promise<CommandClass> };
}

/**
 * The commands that a snapshot of V8 holds, run without oclif's search for plugins, hooks and files. What it does not
 * hold, such as help, is done by the same program without a snapshot, in place of this process.
 */
export function snapshotProgram({ known, commands }: Loaded): Program {
  const ids = known.map(({ id }) => id);
  return {
    commands: known,
    commandIDs: ids,
    findCommand: (id) => known.find((command) => command.id === id || command.aliases?.includes(id)),
    findTopic: (id) => ids.find((known) => known.startsWith(`${id}:`)),
    async run([id = '', ...argv]) {
      const load = Object.hasOwn(commands, id) ? commands[id] : undefined;
      if (load === undefined || asksForHelp(argv)) return startPlainly();
      const command = await load();
      command.id = id;
      return new command(argv, config)._run();
    },
  };
}

/** What oclif's commands ask of it when they run. */
const config = {
  bin: 'sc',
  topicSeparator: ':',
  scopedEnvVarKeys: () => [],
  runHook: () => Promise.resolve({ successes: [], failures: [] }),
} as unknown as Config;

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--help');
}
