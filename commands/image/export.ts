import { string } from '@oclif/core/args';
import { option } from '@oclif/core/flags';
import { archiveOutput, outputFlag } from '../../src/cli/archive-output.ts';
import { ScCommand } from '../../src/cli/command.ts';

export default class ImageExport extends ScCommand {
  static override summary = 'Write a root filesystem into one flat tar.';
  static override description =
    `Of a container, with all that it has written, or of an image, without its layers and its config: what \`sc image \
import\` and other tools take. Without --output it goes to stdout.`;
  static override examples = [
    '<%= config.bin %> image export web -o web.tar',
    '<%= config.bin %> image export --compress gzip -o rootfs.tar.gz debian:12',
    '<%= config.bin %> image export web:1.0 | tar -t',
  ];
  static override args = {
    from: string({
      description: 'A container or an image; where both have the name, the container.',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override flags = {
    output: outputFlag,
    compress: option({
      description: 'How it is compressed.',
      options: ['none', 'gzip', 'zstd'] as const,
      default: 'none',
    })(),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(ImageExport);
    const { exportRootFilesystem } = await import('../../src/operations/image/export.ts');
    const request = { from: args.from, output: archiveOutput(flags), compress: flags.compress };
    const result = await exportRootFilesystem(request, this.settings(flags), this.caller);
    if (request.output !== '-') this.answer(flags, result, () => '');
    return 0;
  }
}
