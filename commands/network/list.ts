import { boolean, string } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';

export default class NetworkList extends ScCommand {
  static override summary = 'List networks.';
  static override description =
    'With the containers that are attached to them, running or not. Filters of one kind are alternatives, but for labels, of which all have to be there.';
  static override hiddenAliases = ['network:ls'];
  static override examples = [
    '<%= config.bin %> network list',
    '<%= config.bin %> network list --filter dangling=true --quiet',
    '<%= config.bin %> network list --filter label=team=payments',
  ];
  static override flags = {
    quiet: boolean({ default: false, char: 'q', description: 'Print the names alone.' }),
    filter: string({
      char: 'f',
      description: 'Only those: name=PART, label=KEY[=VALUE], dangling=true|false.',
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(NetworkList);
    const { volumeFilters } = await import('../../src/operations/volume/command-line.ts');
    // Networks are looked for by the same as volumes.
    const request = volumeFilters(flags.filter ?? []);
    const { listNetworks } = await import('../../src/operations/network/list.ts');
    const { describeNetworks } = await import('../../src/cli/describe-networks.ts');
    const result = await listNetworks(request, this.settings(flags));
    this.answer(flags, result, () =>
      flags.quiet ? result.networks.map(({ name }) => name).join('\n') : describeNetworks(result, Date.now()),
    );
    return 0;
  }
}
