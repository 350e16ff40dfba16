import { string } from '@oclif/core/args';
import { boolean, string as stringFlag } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';
import { readImageFilters } from '../../src/cli/image-filters.ts';

export default class ImageList extends ScCommand {
  static override summary = 'List images.';
  static override description =
    `Each name has a line of its own. The size is that of the layers as they are kept, most of them compressed. Filters \
of one kind are alternatives, but for labels, of which all have to be there.`;
  static override hiddenAliases = ['image:ls', 'images'];
  static override examples = [
    '<%= config.bin %> image list',
    "<%= config.bin %> image list 'web:*'",
    '<%= config.bin %> image list --filter dangling=true --quiet',
    '<%= config.bin %> image list --filter label=team=payments --no-trunc',
  ];
  static override args = {
    pattern: string({ description: 'A name, or a part with * in it.', ignoreStdin: true }),
  };
  static override flags = {
    quiet: boolean({ default: false, char: 'q', description: 'Print the IDs alone.' }),
    trunc: boolean({ default: true, allowNo: true, description: 'Shorten IDs.' }),
    filter: stringFlag({
      char: 'f',
      description:
        'Only those: reference=PATTERN, dangling=true, label=KEY[=VALUE], before=IMAGE, since=IMAGE.',
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(ImageList);
    const pattern = args.pattern === undefined ? [] : [`reference=${args.pattern}`];
    const request = readImageFilters([...pattern, ...(flags.filter ?? [])]);
    const { listImages } = await import('../../src/operations/image/list.ts');
    const { describeImageIds, describeImages } = await import('../../src/cli/describe-images.ts');
    const result = await listImages(request, this.settings(flags));
    const form = { now: Date.now(), isWhole: !flags.trunc };
    this.answer(flags, result, () =>
      flags.quiet ? describeImageIds(result, form) : describeImages(result, form),
    );
    return 0;
  }
}
