import { ScCommand } from '../../src/cli/command.ts';
import { imageArgument, platformFlag } from '../../src/cli/image-arguments.ts';

export default class ImageInspect extends ScCommand {
  static override summary = 'Show all that is known of an image.';
  static override description =
    'Its config, layers, sizes and names, and the containers that stand on it, as one JSON object ' +
    '(schema/operations/image-inspect.schema.json).';
  static override examples = [
    '<%= config.bin %> image inspect web:1.0',
    '<%= config.bin %> image inspect --platform linux/arm64 web:1.0',
  ];
  static override args = { image: imageArgument };
  static override flags = { platform: platformFlag };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(ImageInspect);
    const { platform } = flags;
    const { inspectImage } = await import('../../src/operations/image/inspect.ts');
    const request = { image: args.image, ...(platform !== undefined && { platform }) };
    const result = await inspectImage(request, this.settings(flags));
    this.answer({ json: true }, result, () => '');
    return 0;
  }
}
