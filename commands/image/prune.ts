import { boolean } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';
import { fileSize } from '../../src/cli/quantity.ts';
import type { ImagePruneResult } from '../../src/schema/operations/image-prune.ts';

export default class ImagePrune extends ScCommand {
  static override summary = 'Remove images that nobody needs.';
  static override description =
    `Images that have no name and that no container stands on, with all that belongs to no image: what a load that was \
killed has left, for one. Nobody is asked.`;
  static override examples = ['<%= config.bin %> image prune', '<%= config.bin %> image prune --all'];
  static override flags = {
    all: boolean({
      default: false,
      char: 'a',
      description: 'Images with names too, if no container stands on them.',
    }),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(ImagePrune);
    const { pruneImages } = await import('../../src/operations/image/prune.ts');
    const result = await pruneImages({ all: flags.all }, this.settings(flags));
    this.answer(flags, result, () => describe(result));
    return 0;
  }
}

function describe({ untagged, deleted, blobs, layers, reclaimed }: ImagePruneResult): string {
  return [
    ...untagged.map((name) => `Untagged: ${name}`),
    ...deleted.map((id) => `Deleted: ${id}`),
    `${blobs} blobs and ${layers} unpacked layers: ${fileSize(reclaimed)} of blobs reclaimed`,
  ].join('\n');
}
