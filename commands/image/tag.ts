import { string } from '@oclif/core/args';
import { ScCommand } from '../../src/cli/command.ts';
import { imageArgument } from '../../src/cli/image-arguments.ts';

export default class ImageTag extends ScCommand {
  static override summary = 'Give an image a further name.';
  static override description =
    'Without a tag in it, it is NAME:latest. Whichever image had the name has it no more, and stays.';
  static override examples = [
    '<%= config.bin %> image tag web:1.0 web',
    '<%= config.bin %> image tag 4f2a9c0b7d1e example.com/team/web:1.0',
  ];
  static override args = {
    image: imageArgument,
    name: string({ description: 'The new name.', required: true, ignoreStdin: true }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(ImageTag);
    const { tagImage } = await import('../../src/operations/image/tag.ts');
    const result = await tagImage(args, this.settings(flags));
    this.answer(flags, result, () => '');
    return 0;
  }
}
