import { string } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';
import { containerArgument } from '../../src/cli/containers-argument.ts';
import { networkArgument } from '../../src/cli/network-arguments.ts';

export default class NetworkConnect extends ScCommand {
  static override summary = 'Attach a container to a network.';
  static override description =
    `Also while it runs: it has another interface then, eth1 for its second network. It stays attached when it is \
started again, until it is disconnected or deleted. Prints its addresses there.`;
  static override examples = [
    '<%= config.bin %> network connect backend web',
    '<%= config.bin %> network connect --ip 10.89.0.7 --ip6 fd00:89::7 backend web',
    '<%= config.bin %> network connect --alias db backend web',
  ];
  static override args = { network: networkArgument, container: containerArgument };
  static override flags = {
    ip: string({ description: 'Its address of IPv4 there.', helpValue: 'ADDRESS' }),
    ip6: string({ description: 'Its address of IPv6 there.', helpValue: 'ADDRESS' }),
    mac: string({ description: 'Hardware address of its interface there.', helpValue: 'ADDRESS' }),
    alias: string({
      description: 'Name beside its own by which others of the network find it.',
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(NetworkConnect);
    const { connectNetwork } = await import('../../src/operations/network/connect.ts');
    const { ip, ip6, mac, alias } = flags;
    const addresses = [ip, ip6].filter((address) => address !== undefined);
    const request = {
      ...args,
      ...(addresses.length > 0 && { addresses }),
      ...(mac !== undefined && { mac }),
      ...(alias !== undefined && { aliases: alias }),
    };
    const result = await connectNetwork(request, this.settings(flags));
    this.answer(flags, result, () => result.endpoint.addresses.join('\n'));
    return 0;
  }
}
