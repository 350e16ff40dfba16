import { string } from '@oclif/core/args';
import { ScCommand } from '../../src/cli/command.ts';
import { describePlugins } from '../../src/cli/describe-plugins.ts';

export default class PluginAdd extends ScCommand {
  static override summary = "Have the backends and storage drivers of somebody else's package.";
  static override description =
    `DIR is that of an npm package with a hook for sc. It is loaded once to see that it can be, and from then on by \
every sc with this directory of state that is asked for one of its names. Its code has all of your rights, so that \
nobody but root and you may be able to change it.`;
  static override examples = [
    '<%= config.bin %> plugin add /opt/sc/node_modules/sc-backend-chroot',
    '<%= config.bin %> run --backend chroot --rm ./rootfs echo hello',
  ];
  static override args = {
    plugin: string({
      name: 'DIR',
      description: 'Directory of the package.',
      required: true,
      ignoreStdin: true,
    }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(PluginAdd);
    const { addPlugin } = await import('../../src/operations/plugins.ts');
    const result = await addPlugin(args, this.settings(flags), this.caller);
    this.answer(flags, result, () => describePlugins(result));
    return 0;
  }
}
