import { ScCommand } from '../src/cli/command.ts';
import { containersArgument } from '../src/cli/containers-argument.ts';

export default class Resume extends ScCommand {
  static override summary = 'Let paused containers go on.';
  static override hiddenAliases = ['unpause'];
  static override description =
    `Each is tried, also where another fails. Prints the names of those that go on.`;
  static override examples = ['<%= config.bin %> resume hello', '<%= config.bin %> resume web database'];
  static override args = { containers: containersArgument };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Resume);
    const { resume } = await import('../src/operations/pause.ts');
    return this.answerMany(flags, await resume({ containers: args.containers ?? [] }, this.settings(flags)));
  }
}
