import { string } from '@oclif/core/args';
import { ScCommand } from '../src/cli/command.ts';

const reference = { required: true, ignoreStdin: true } as const;

export default class Diff extends ScCommand {
  static override summary =
    'List what has become another in a container, or from one container or image to another.';
  static override description =
    `A line for each file or directory: A was added, C is changed itself, D is gone, with all that was in it. A directory \
is not changed by what happens in it. With one container it is what has been written since that was made, running or \
not; with two it is what the second has become that the first is not. A name is that of a container, or where there is \
none that of an image; \`web:latest\` is always an image.

Not listed are what is mounted, /proc, /sys and /dev, and /etc/hosts, /etc/hostname and /etc/resolv.conf, which every \
container is given. Names that are not UTF-8 are shown as well as they can be; --json has their bytes as base64.`;
  static override examples = [
    '<%= config.bin %> diff web',
    '<%= config.bin %> diff debian:bookworm web',
    '<%= config.bin %> diff web:1.0 web:2.0',
    '<%= config.bin %> diff --json web | jq -r ".changes[].path"',
  ];
  static override args = {
    from: string({ ...reference, description: 'A container, or with another one also an image.' }),
    to: string({ description: 'A container or image.', ignoreStdin: true }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Diff);
    const { diff } = await import('../src/operations/diff.ts');
    const { describeDiff } = await import('../src/cli/describe-diff.ts');
    const request = args.to === undefined ? { after: args.from } : { before: args.from, after: args.to };
    const result = await diff(request, this.settings(flags));
    this.answer(flags, result, () => describeDiff(result));
    return 0;
  }
}
