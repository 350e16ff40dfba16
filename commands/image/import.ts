import { string } from '@oclif/core/args';
import { string as stringFlag } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';
import { describeLoaded } from '../../src/cli/describe-loaded.ts';
import { platformFlag } from '../../src/cli/image-arguments.ts';
import { ProgressView } from '../../src/cli/progress-view.ts';

export default class ImageImport extends ScCommand {
  static override summary = 'Make an image of a root filesystem.';
  static override description =
    `Of a tar, compressed or not, or a directory: what \`sc image export\`, \`docker export\` or debootstrap have made. The \
same tar and flags give the same image.`;
  static override examples = [
    '<%= config.bin %> image import rootfs.tar.gz base:1.0',
    `<%= config.bin %> image import --change 'CMD ["/bin/bash"]' --change 'ENV LANG=C.UTF-8' ./rootfs debian:12`,
    'docker export web | <%= config.bin %> image import - web:flat',
  ];
  static override args = {
    source: string({
      description: 'A tar, a directory, or - for a tar from stdin.',
      required: true,
      ignoreStdin: true,
    }),
    name: string({ description: 'Its name.', ignoreStdin: true }),
  };
  static override flags = {
    change: stringFlag({
      char: 'c',
      description:
        'How its containers start: CMD, ENTRYPOINT, ENV, USER, WORKDIR, LABEL, EXPOSE, VOLUME, STOPSIGNAL, HEALTHCHECK.',
      helpValue: 'INSTRUCTION',
      multiple: true,
      multipleNonGreedy: true,
    }),
    message: stringFlag({ char: 'm', description: 'What its history says of it.', helpValue: 'TEXT' }),
    platform: platformFlag,
    created: stringFlag({
      description: 'When it was made, such as 2024-05-01T12:00:00Z.',
      helpValue: 'TIME',
    }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(ImageImport);
    const { message, platform, created } = flags;
    const request = {
      source: args.source,
      ...(args.name !== undefined && { name: args.name }),
      changes: flags.change ?? [],
      ...(message !== undefined && { message }),
      ...(platform !== undefined && { platform }),
      ...(created !== undefined && { created }),
    };
    const { importImage } = await import('../../src/operations/image/import.ts');
    const view = flags.json ? undefined : new ProgressView(this.caller);
    const importing = importImage(request, this.settings(flags), this.caller, view);
    const result = await importing.finally(() => view?.close());
    this.answer(flags, result, () => describeLoaded(result));
    return 0;
  }
}
