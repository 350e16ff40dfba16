import { ScCommand } from '../../src/cli/command.ts';
import { containerArgument } from '../../src/cli/containers-argument.ts';
import { networkArgument } from '../../src/cli/network-arguments.ts';

export default class NetworkDisconnect extends ScCommand {
  static override summary = 'Take a container off a network.';
  static override description =
    'Also while it runs: its interface there is gone at once, and its addresses are free. Prints the name of the container.';
  static override examples = ['<%= config.bin %> network disconnect backend web'];
  static override args = { network: networkArgument, container: containerArgument };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(NetworkDisconnect);
    const { disconnectNetwork } = await import('../../src/operations/network/connect.ts');
    const result = await disconnectNetwork(args, this.settings(flags));
    this.answer(flags, result, () => result.container.name);
    return 0;
  }
}
