import { ScCommand } from '../src/cli/command.ts';
import { containersArgument } from '../src/cli/containers-argument.ts';

export default class Pause extends ScCommand {
  static override summary = 'Make containers stand still.';
  static override description =
    `Their processes keep memory and files, and take no processor time until sc resume. Each container is tried, also \
where another fails. Prints the names of those that stand still.`;
  static override examples = ['<%= config.bin %> pause hello', '<%= config.bin %> pause web database'];
  static override args = { containers: containersArgument };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Pause);
    const { pause } = await import('../src/operations/pause.ts');
    return this.answerMany(flags, await pause({ containers: args.containers ?? [] }, this.settings(flags)));
  }
}
