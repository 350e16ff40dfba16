import { string } from '@oclif/core/args';
import { string as stringFlag } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';

export default class VolumeImport extends ScCommand {
  static override summary = 'Make a volume of a tar or a directory.';
  static override description =
    `Of a tar, compressed or not, with the owners, permissions and attributes that it says, or of a directory of this \
host, which is copied. The volume is there when all of it is, and never gets anything of an image.`;
  static override examples = [
    '<%= config.bin %> volume import data.tar data',
    '<%= config.bin %> volume import ./backup data',
    '<%= config.bin %> volume export data | <%= config.bin %> volume import - copy',
  ];
  static override args = {
    source: string({
      description: 'A tar, a directory, or - for a tar from stdin.',
      required: true,
      ignoreStdin: true,
    }),
    name: string({ description: 'Name of the volume.', required: true, ignoreStdin: true }),
  };
  static override flags = {
    label: stringFlag({
      char: 'l',
      description: 'Note something on the volume.',
      helpValue: 'KEY[=VALUE]',
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(VolumeImport);
    const { importVolume } = await import('../../src/operations/volume/import.ts');
    const { volumeCreation } = await import('../../src/operations/volume/command-line.ts');
    const { labels = {} } = volumeCreation(undefined, flags);
    const result = await importVolume({ ...args, labels }, this.settings(flags), this.caller);
    this.answer(flags, result, () => result.name);
    return 0;
  }
}
