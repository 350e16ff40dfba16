import { string as argument } from '@oclif/core/args';
import { boolean, option, string } from '@oclif/core/flags';
import { ScCommand } from '../src/cli/command.ts';
import { containerArgument } from '../src/cli/containers-argument.ts';
import { ProgressView } from '../src/cli/progress-view.ts';

const many = { multiple: true, multipleNonGreedy: true } as const;

export default class Commit extends ScCommand {
  static override summary = 'Make an image of a container.';
  static override description =
    `The image has the layers of that of the container, and one layer more: what sc diff lists. What is mounted in the \
container is no part of it. Of a container of the machine itself or of a directory what it stands on becomes the first \
layer. Containers of the new image start as those of the old one do, unless --config or --change say otherwise; what \
the command line of this container said is not taken over. Prints the ID of the image.

One that runs stands still while its files are written down, so that they belong together, and goes on while they are \
compressed; --no-pause lets it run. With a fixed time of creation, by --created or SOURCE_DATE_EPOCH, the same container gives the same image.

Instructions of --change are those of a Dockerfile: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, STOPSIGNAL, USER, \
VOLUME and WORKDIR.`;
  static override examples = [
    '<%= config.bin %> commit web web:1.0',
    `<%= config.bin %> commit --change 'CMD ["web", "--verbose"]' --change "ENV PORT=80" web web:1.0`,
    '<%= config.bin %> commit --created 2024-05-01T12:00:00Z --compress zstd web web:1.0',
    '<%= config.bin %> commit --config how-it-starts.yaml --message "with the fonts" web',
  ];
  static override args = {
    container: containerArgument,
    name: argument({ description: 'Name of the image (default: none).', ignoreStdin: true }),
  };
  static override flags = {
    change: string({
      ...many,
      char: 'c',
      description: 'Change how containers start.',
      helpValue: 'INSTRUCTION',
    }),
    config: string({
      description: 'File (YAML or JSON) of how containers start, in the words of an OCI image.',
      helpValue: 'FILE',
    }),
    label: string({
      ...many,
      char: 'l',
      description: 'Note something on the image.',
      helpValue: 'KEY[=VALUE]',
    }),
    message: string({ char: 'm', description: 'What its history says of it.', helpValue: 'TEXT' }),
    author: string({ char: 'a', description: 'Who makes it.', helpValue: 'NAME' }),
    created: string({
      description: 'When it was made (default: SOURCE_DATE_EPOCH, or now).',
      helpValue: 'TIME',
    }),
    compress: option({
      description: 'How the new layer is compressed.',
      options: ['gzip', 'zstd', 'none'] as const,
      default: 'gzip' as const,
    })(),
    pause: boolean({
      default: true,
      allowNo: true,
      char: 'p',
      description: 'Have the container stand still meanwhile (default).',
    }),
    quiet: boolean({ default: false, char: 'q', description: 'Show no progress.' }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Commit);
    const { commit } = await import('../src/operations/commit.ts');
    const { commitRequest } = await import('../src/operations/commit-request.ts');
    const request = await commitRequest(args, flags, this.caller);
    const view = flags.quiet || flags.json ? undefined : new ProgressView(this.caller);
    const committing = commit(request, this.settings(flags), this.caller, view);
    const result = await committing.finally(() => view?.close());
    this.answer(flags, result, () => result.id);
    return 0;
  }
}
