import { string } from '@oclif/core/args';
import { boolean, string as stringFlag } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';

const many = { multiple: true, multipleNonGreedy: true } as const;

export default class NetworkCreate extends ScCommand {
  static override summary = 'Make a network.';
  static override description =
    `Containers of one network reach each other, and none of another. It has a free range of IPv4 unless --subnet says \
which, and its bridge is made when a container is first attached to it. Prints the name.`;
  static override examples = [
    '<%= config.bin %> network create backend',
    '<%= config.bin %> network create --subnet 10.89.0.0/24 --subnet fd00:89::/64 --internal backend',
    '<%= config.bin %> network create --ipv6 --mtu 1400 --label team=payments frontend',
    '<%= config.bin %> run --rm --network backend ./rootfs ip address',
  ];
  static override args = {
    name: string({ description: 'Name of the network.', required: true, ignoreStdin: true }),
  };
  static override flags = {
    subnet: stringFlag({
      ...many,
      description: 'Its range of addresses; one of IPv4 and one of IPv6.',
      helpValue: 'RANGE',
    }),
    ipv6: boolean({
      default: false,
      description: 'A free range of IPv6 too, of those that are for one site alone.',
    }),
    gateway: stringFlag({ description: 'Address of the bridge itself.', helpValue: 'ADDRESS' }),
    'ip-range': stringFlag({
      description: 'The part of a range that containers get addresses from that ask for none.',
      helpValue: 'RANGE',
    }),
    internal: boolean({ default: false, description: 'It ends at this machine.' }),
    mtu: stringFlag({ description: 'Largest packet.', helpValue: 'BYTES' }),
    label: stringFlag({
      ...many,
      char: 'l',
      description: 'Note something on the network.',
      helpValue: 'KEY[=VALUE]',
    }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(NetworkCreate);
    const { createNetwork } = await import('../../src/operations/network/create.ts');
    const { networkCreation } = await import('../../src/operations/network/command-line.ts');
    const result = await createNetwork(networkCreation(args.name, flags), this.settings(flags));
    this.answer(flags, result, () => result.name);
    return 0;
  }
}
