import { boolean } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';
import { fileSize } from '../../src/cli/quantity.ts';

export default class VolumePrune extends ScCommand {
  static override summary = 'Remove volumes that no container mounts.';
  static override description =
    'Those without a name of their own; with --all those too that somebody has named. Nobody is asked.';
  static override examples = ['<%= config.bin %> volume prune', '<%= config.bin %> volume prune --all'];
  static override flags = {
    all: boolean({ default: false, char: 'a', description: 'Volumes with names too.' }),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(VolumePrune);
    const { pruneVolumes } = await import('../../src/operations/volume/prune.ts');
    const result = await pruneVolumes({ all: flags.all }, this.settings(flags));
    this.answer(flags, result, () =>
      [...result.volumes, `${fileSize(result.reclaimed)} reclaimed`].join('\n'),
    );
    return 0;
  }
}
