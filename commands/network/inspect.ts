import { ScCommand } from '../../src/cli/command.ts';
import { networkArgument } from '../../src/cli/network-arguments.ts';

export default class NetworkInspect extends ScCommand {
  static override summary = 'Show all that is known of a network.';
  static override description =
    'Its record and the containers that are attached to it with their addresses, as one JSON object ' +
    '(schema/operations/network-inspect.schema.json).';
  static override examples = ['<%= config.bin %> network inspect backend'];
  static override args = { network: networkArgument };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(NetworkInspect);
    const { inspectNetwork } = await import('../../src/operations/network/inspect.ts');
    const result = await inspectNetwork(args, this.settings(flags));
    this.answer({ json: true }, result, () => '');
    return 0;
  }
}
