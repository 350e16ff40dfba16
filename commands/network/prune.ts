import { ScCommand } from '../../src/cli/command.ts';

export default class NetworkPrune extends ScCommand {
  static override summary = 'Remove networks that no container is attached to.';
  static override description =
    'But for the default one, which would be made again. Nobody is asked. Prints the names.';
  static override examples = ['<%= config.bin %> network prune'];

  async run(): Promise<number> {
    const { flags } = await this.parse(NetworkPrune);
    const { pruneNetworks } = await import('../../src/operations/network/remove.ts');
    const result = await pruneNetworks(this.settings(flags));
    this.answer(flags, result, () => result.networks.join('\n'));
    return 0;
  }
}
