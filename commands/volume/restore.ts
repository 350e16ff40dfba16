import { string } from '@oclif/core/args';
import { ScCommand } from '../../src/cli/command.ts';
import { volumeArgument } from '../../src/cli/volume-arguments.ts';

export default class VolumeRestore extends ScCommand {
  static override summary = 'Have a volume hold what it held when a snapshot was taken.';
  static override description =
    `In one step: what it holds until then is gone, so take another snapshot first if that is needed. Refused while a \
container that runs mounts the volume. The snapshot stays.`;
  static override examples = [
    '<%= config.bin %> stop db',
    '<%= config.bin %> volume restore data before-upgrade',
  ];
  static override args = {
    volume: volumeArgument,
    snapshot: string({ description: 'Name of the snapshot.', required: true, ignoreStdin: true }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(VolumeRestore);
    const { restoreVolume } = await import('../../src/operations/volume/snapshot.ts');
    this.answer(flags, await restoreVolume(args, this.settings(flags)), () => '');
    return 0;
  }
}
