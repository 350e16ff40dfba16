import { boolean } from '@oclif/core/flags';
import { ScCommand } from '../src/cli/command.ts';
import { anyContainersArgument } from '../src/cli/containers-argument.ts';

export default class Stats extends ScCommand {
  static override summary = 'Show what containers take of the machine, as it changes.';
  static override description =
    `Without names all that run. On a terminal each look takes the place of the one before, elsewhere it follows it. \
The first one comes after a second, since it takes two looks to tell of a share of time: 100 % is a whole processor.

With --json an object is printed for each look, on a line of its own.`;
  static override examples = [
    '<%= config.bin %> stats',
    '<%= config.bin %> stats web database',
    '<%= config.bin %> stats --no-stream --json',
  ];
  static override args = {
    containers: anyContainersArgument,
  };
  static override flags = {
    all: boolean({ default: false, char: 'a', description: 'Those that do not run too.' }),
    'no-stream': boolean({ default: false, description: 'One look and no more.' }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Stats);
    const { showStats } = await import('../src/cli/show-stats.ts');
    const request = {
      ...(args.containers !== undefined && args.containers.length > 0 && { containers: args.containers }),
      all: flags.all,
      once: flags['no-stream'],
    };
    return showStats(request, flags, this.settings(flags), this.caller);
  }
}
