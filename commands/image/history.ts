import { boolean } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';
import { imageArgument, platformFlag } from '../../src/cli/image-arguments.ts';

export default class ImageHistory extends ScCommand {
  static override summary = 'Show how an image came about.';
  static override description =
    'The last step first. The size is that of the layer that a step has made, as it is kept.';
  static override examples = [
    '<%= config.bin %> image history web:1.0',
    '<%= config.bin %> image history --no-trunc web:1.0',
  ];
  static override args = { image: imageArgument };
  static override flags = {
    trunc: boolean({ default: true, allowNo: true, description: 'Shorten commands.' }),
    platform: platformFlag,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(ImageHistory);
    const { platform } = flags;
    const { imageHistory } = await import('../../src/operations/image/history.ts');
    const { describeHistory } = await import('../../src/cli/describe-history.ts');
    const request = { image: args.image, ...(platform !== undefined && { platform }) };
    const result = await imageHistory(request, this.settings(flags));
    this.answer(flags, result, () => describeHistory(result, { now: Date.now(), isWhole: !flags.trunc }));
    return 0;
  }
}
