import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';
import { volumeArgument } from '../../src/cli/volume-arguments.ts';
import { ScError } from '../../src/errors/error.ts';

export default class VolumeSnapshot extends ScCommand {
  static override summary = 'Keep what a volume holds now under a name.';
  static override description =
    `Without a name it gets the time. Containers that run and can write to the volume stand still meanwhile. Content is \
shared on the disk with the volume where the filesystem can, as btrfs and xfs. Prints the name.`;
  static override examples = [
    '<%= config.bin %> volume snapshot data before-upgrade',
    '<%= config.bin %> volume restore data before-upgrade',
    '<%= config.bin %> volume snapshot --remove data before-upgrade',
  ];
  static override args = {
    volume: volumeArgument,
    snapshot: string({ description: 'Name of the snapshot.', ignoreStdin: true }),
  };
  static override flags = {
    remove: boolean({ default: false, description: 'Remove it in place of making it.' }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(VolumeSnapshot);
    const { volume, snapshot } = args;
    const { removeSnapshot, snapshotVolume } = await import('../../src/operations/volume/snapshot.ts');
    if (!flags.remove) {
      const request = { volume, ...(snapshot !== undefined && { snapshot }) };
      const taken = await snapshotVolume(request, this.settings(flags));
      this.answer(flags, taken, () => taken.snapshot);
      return 0;
    }
    if (snapshot === undefined)
      throw new ScError('SC_USAGE', '--remove: which snapshot is not said', {
        hint: 'sc volume snapshot --remove VOLUME SNAPSHOT',
      });
    const removed = await removeSnapshot({ volume, snapshot }, this.settings(flags));
    this.answer(flags, removed, () => removed.snapshot);
    return 0;
  }
}
