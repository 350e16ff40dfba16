import { string } from '@oclif/core/args';
import { ScCommand } from '../src/cli/command.ts';

export default class Start extends ScCommand {
  static override summary = 'Start containers that do not run.';
  static override description =
    `They go on in the background with what they have written before. Prints the names \
of those that run.`;
  static override examples = ['<%= config.bin %> start web', '<%= config.bin %> start web database'];
  static override args = {
    containers: string({
      description: 'Names, IDs or beginnings of IDs.',
      multiple: true,
      required: true,
      ignoreStdin: true,
    }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Start);
    const { start } = await import('../src/operations/start.ts');
    const result = await start({ containers: args.containers }, this.settings(flags), this.caller);
    return this.answerMany(flags, result);
  }
}
