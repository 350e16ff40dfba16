import { ScCommand } from '../src/cli/command.ts';
import { containerArgument } from '../src/cli/containers-argument.ts';

export default class Top extends ScCommand {
  static override summary = 'List the processes of a container.';
  static override description =
    `The columns are those of ps -ef, with the numbers of the host; INSIDE is the number that a process has in the \
container. No program of the image is run for that.`;
  static override examples = ['<%= config.bin %> top web', '<%= config.bin %> top --json web'];
  static override args = {
    container: containerArgument,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Top);
    const { top } = await import('../src/operations/top.ts');
    const { describeTop } = await import('../src/cli/describe-top.ts');
    const result = await top({ container: args.container }, this.settings(flags));
    this.answer(flags, result, () => describeTop(result, new Date()));
    return 0;
  }
}
