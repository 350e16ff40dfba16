import { option } from '@oclif/core/flags';
import { archiveOutput, outputFlag } from '../../src/cli/archive-output.ts';
import { ScCommand } from '../../src/cli/command.ts';
import { volumeArgument } from '../../src/cli/volume-arguments.ts';

export default class VolumeExport extends ScCommand {
  static override summary = 'Write what a volume holds into a tar.';
  static override description =
    `With owners, permissions, times and attributes. Containers that run and can write to the volume stand still \
meanwhile. Without --output it goes to stdout.`;
  static override examples = [
    '<%= config.bin %> volume export data -o data.tar',
    '<%= config.bin %> volume export --compress zstd data | ssh host sc volume import - data',
  ];
  static override args = { volume: volumeArgument };
  static override flags = {
    output: outputFlag,
    compress: option({
      description: 'How it is compressed.',
      options: ['none', 'gzip', 'zstd'] as const,
      default: 'none',
    })(),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(VolumeExport);
    const { exportVolume } = await import('../../src/operations/volume/export.ts');
    const request = { volume: args.volume, output: archiveOutput(flags), compress: flags.compress };
    const result = await exportVolume(request, this.settings(flags), this.caller);
    if (request.output !== '-') this.answer(flags, result, () => '');
    return 0;
  }
}
