import { ScCommand } from '../../src/cli/command.ts';
import { errorWords } from '../../src/cli/report-error.ts';
import { volumesArgument } from '../../src/cli/volume-arguments.ts';

export default class VolumeRemove extends ScCommand {
  static override summary = 'Remove volumes and what is in them.';
  static override description =
    `With their snapshots. One that a container mounts, running or not, is refused. Each is tried, also where another \
fails. Prints the names of those that are removed.`;
  static override hiddenAliases = ['volume:rm'];
  static override examples = [
    '<%= config.bin %> volume remove data',
    '<%= config.bin %> volume remove a1 b2',
  ];
  static override args = { volumes: volumesArgument };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(VolumeRemove);
    const { removeVolumes } = await import('../../src/operations/volume/remove.ts');
    const result = await removeVolumes({ volumes: args.volumes ?? [] }, this.settings(flags));
    if (!flags.json) for (const failure of result.failures) this.complain(errorWords(failure));
    this.answer(flags, result, () => result.volumes.join('\n'));
    return result.failures.length === 0 ? 0 : 1;
  }
}
