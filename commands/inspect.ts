import { ScCommand } from '../src/cli/command.ts';
import { containerArgument } from '../src/cli/containers-argument.ts';

export default class Inspect extends ScCommand {
  static override summary = 'Show all that is known of a container.';
  static override description =
    "Prints the container's state as one JSON object (schema/container-state.schema.json).";
  static override examples = ['<%= config.bin %> inspect hello', '<%= config.bin %> inspect 4f2a'];
  static override args = {
    container: containerArgument,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Inspect);
    const { inspect } = await import('../src/operations/inspect.ts');
    const result = await inspect({ container: args.container }, this.settings(flags), this.caller);
    this.answer({ json: true }, result, () => '');
    return 0;
  }
}
