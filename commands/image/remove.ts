import { boolean } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';
import { imagesArgument } from '../../src/cli/image-arguments.ts';
import { errorWords } from '../../src/cli/report-error.ts';

export default class ImageRemove extends ScCommand {
  static override summary = 'Remove images.';
  static override description =
    `Takes the name away, and with the last name the image, its blobs and its unpacked layers, as far as no other image \
has them. One that a container stands on is refused; with --force it loses its name, and goes when it is pruned after \
the last of these containers.`;
  static override hiddenAliases = ['image:rm', 'rmi'];
  static override examples = [
    '<%= config.bin %> image remove web:1.0',
    '<%= config.bin %> image remove --force 4f2a9c0b7d1e',
  ];
  static override args = { images: imagesArgument };
  static override flags = {
    force: boolean({
      default: false,
      char: 'f',
      description: 'Those too that containers stand on, and all names of one that is named by its ID.',
    }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(ImageRemove);
    const { removeImages } = await import('../../src/operations/image/remove.ts');
    const request = { images: args.images ?? [], force: flags.force };
    const result = await removeImages(request, this.settings(flags));
    if (!flags.json) for (const { error } of result.failures) this.complain(errorWords({ error }));
    this.answer(flags, result, () =>
      result.removed
        .flatMap(({ untagged, deleted }) => [
          ...untagged.map((name) => `Untagged: ${name}`),
          ...deleted.map((id) => `Deleted: ${id}`),
        ])
        .join('\n'),
    );
    return result.failures.length === 0 ? 0 : 1;
  }
}
