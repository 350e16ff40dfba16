import { ScCommand } from '../../src/cli/command.ts';
import { describePlugins } from '../../src/cli/describe-plugins.ts';

export default class PluginList extends ScCommand {
  static override summary = 'List the plugins of this directory of state.';
  static override description =
    'None of them is loaded. What keeps one from being loaded is told, as far as it is seen.';
  static override examples = ['<%= config.bin %> plugin list', '<%= config.bin %> plugin list --json'];

  async run(): Promise<number> {
    const { flags } = await this.parse(PluginList);
    const { listPlugins } = await import('../../src/operations/plugins.ts');
    const result = listPlugins(this.settings(flags));
    this.answer(flags, result, () => describePlugins(result));
    return 0;
  }
}
