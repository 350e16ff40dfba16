import { string } from '@oclif/core/args';
import { ScCommand } from '../../src/cli/command.ts';
import { describePlugins } from '../../src/cli/describe-plugins.ts';

export default class PluginRemove extends ScCommand {
  static override summary = "Have a package's backends and storage drivers no more.";
  static override description =
    'Its containers stay. They can be used and deleted again when the plugin is added again.';
  static override examples = ['<%= config.bin %> plugin remove sc-backend-chroot'];
  static override args = {
    plugin: string({
      description: 'Name of the package, or its directory.',
      required: true,
      ignoreStdin: true,
    }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(PluginRemove);
    const { removePlugin } = await import('../../src/operations/plugins.ts');
    const result = await removePlugin(args, this.settings(flags), this.caller);
    this.answer(flags, result, () => describePlugins(result));
    return 0;
  }
}
