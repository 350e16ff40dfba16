import { ScCommand } from '../src/cli/command.ts';
import { containerArgument } from '../src/cli/containers-argument.ts';

export default class Port extends ScCommand {
  static override summary = 'List the published ports of a container.';
  static override description =
    'A line for each port of the container and each address of the machine at which it is reached. What does not run has none.';
  static override examples = ['<%= config.bin %> port web', '<%= config.bin %> port --json web'];
  static override args = {
    container: containerArgument,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Port);
    const { port } = await import('../src/operations/port.ts');
    const { describePortLines } = await import('../src/cli/describe-ports.ts');
    const result = await port({ container: args.container }, this.settings(flags));
    this.answer(flags, result, () => describePortLines(result.ports));
    return 0;
  }
}
