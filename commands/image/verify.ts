import { ScCommand } from '../../src/cli/command.ts';
import { anyImagesArgument } from '../../src/cli/image-arguments.ts';
import { ProgressView } from '../../src/cli/progress-view.ts';
import { fileSize } from '../../src/cli/quantity.ts';
import type { ImageVerifyResult } from '../../src/schema/operations/image-verify.ts';

export default class ImageVerify extends ScCommand {
  static override summary = 'Find images whose bytes have changed.';
  static override description =
    `Reads all that images are kept as, and tells what is missing, has other bytes than its digest says, or is a layer \
with another content than its image says; and which images need it. Ends with 1 where there is such. To mend it, load \
the image once more.`;
  static override examples = ['<%= config.bin %> image verify', '<%= config.bin %> image verify web:1.0'];
  static override args = { images: anyImagesArgument };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(ImageVerify);
    const { verifyImages } = await import('../../src/operations/image/verify.ts');
    const view = flags.json ? undefined : new ProgressView(this.caller);
    const request = args.images === undefined ? {} : { images: args.images };
    const result = await verifyImages(request, this.settings(flags), view).finally(() => view?.close());
    this.answer(flags, result, () => describe(result));
    return result.damages.length === 0 ? 0 : 1;
  }
}

function describe({ blobs, bytes, damages }: ImageVerifyResult): string {
  const lines = damages.map(({ images, error }) => `${images.join(', ')}: ${error.message}`);
  const count = damages.length === 0 ? 'all good' : `${damages.length} damaged`;
  return [...lines, `${blobs} blobs, ${fileSize(bytes)}: ${count}`].join('\n');
}
