import { string } from '@oclif/core/args';
import { ScCommand } from '../src/cli/command.ts';
import { containerArgument } from '../src/cli/containers-argument.ts';

export default class Rename extends ScCommand {
  static override summary = 'Give a container another name.';
  static override description =
    'Whatever it does; who runs in it keeps the host name that it has. The old name is free for another container.';
  static override examples = ['<%= config.bin %> rename web web-old', '<%= config.bin %> rename 4f2a hello'];
  static override args = {
    container: containerArgument,
    name: string({ description: 'Its new name.', required: true, ignoreStdin: true }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Rename);
    const { rename } = await import('../src/operations/rename.ts');
    const result = await rename(args, this.settings(flags));
    this.answer(flags, result, () => '');
    return 0;
  }
}
