import { option } from '@oclif/core/flags';
import { archiveOutput, outputFlag } from '../../src/cli/archive-output.ts';
import { ScCommand } from '../../src/cli/command.ts';
import { imagesArgument, platformFlag } from '../../src/cli/image-arguments.ts';

export default class ImageSave extends ScCommand {
  static override summary = 'Save images into an archive or a directory.';
  static override description =
    `The format oci is an OCI image layout, a tar or, where PATH is a directory or ends with a slash, a directory: all \
digests stay as they are. The format docker is what any docker or podman loads. The same images give the same bytes. \
Without --output they go to stdout.

With --compress the layers of oci are compressed anew, which gives the image manifest another digest, while the ID of \
the image stays; in the format docker it is the whole archive.`;
  static override examples = [
    '<%= config.bin %> image save --output web.tar web:1.0',
    '<%= config.bin %> image save --format docker web:1.0 | podman load',
    '<%= config.bin %> image save --compress zstd -o layout/ web:1.0 database:2',
  ];
  static override args = { images: imagesArgument };
  static override flags = {
    output: outputFlag,
    format: option({
      description: 'What is written.',
      options: ['oci', 'docker'] as const,
      default: 'oci',
    })(),
    compress: option({ description: 'How it is compressed.', options: ['none', 'gzip', 'zstd'] as const })(),
    platform: platformFlag,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(ImageSave);
    const { compress, platform } = flags;
    const { saveImages } = await import('../../src/operations/image/save.ts');
    const request = {
      images: args.images ?? [],
      output: archiveOutput(flags),
      format: flags.format,
      ...(compress !== undefined && { compress }),
      ...(platform !== undefined && { platform }),
    };
    const result = await saveImages(request, this.settings(flags), this.caller);
    if (request.output !== '-') this.answer(flags, result, () => '');
    return 0;
  }
}
