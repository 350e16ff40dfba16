import { ScCommand } from '../../src/cli/command.ts';
import { networksArgument } from '../../src/cli/network-arguments.ts';
import { errorWords } from '../../src/cli/report-error.ts';

export default class NetworkRemove extends ScCommand {
  static override summary = 'Remove networks.';
  static override description =
    `One that a container is attached to, running or not, is refused. Each is tried, also where another fails. Prints \
the names of those that are removed.`;
  static override hiddenAliases = ['network:rm'];
  static override examples = [
    '<%= config.bin %> network remove backend',
    '<%= config.bin %> network remove frontend backend',
  ];
  static override args = { networks: networksArgument };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(NetworkRemove);
    const { removeNetworks } = await import('../../src/operations/network/remove.ts');
    const result = await removeNetworks({ networks: args.networks ?? [] }, this.settings(flags));
    if (!flags.json) for (const failure of result.failures) this.complain(errorWords(failure));
    this.answer(flags, result, () => result.networks.join('\n'));
    return result.failures.length === 0 ? 0 : 1;
  }
}
