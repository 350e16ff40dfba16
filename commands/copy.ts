import { string } from '@oclif/core/args';
import { boolean, string as textFlag } from '@oclif/core/flags';
import { ScCommand } from '../src/cli/command.ts';
import { ScError } from '../src/errors/error.ts';

export default class Copy extends ScCommand {
  static override summary = 'Copy files into, out of and between containers.';
  static override description =
    `Of SOURCE and DESTINATION one is NAME:PATH, in a container, which may run, be paused or not run at all. The other is \
a path of the host, another NAME:PATH, or - for a tar on standard input or output. A path of the host with a colon in \
it is written ./a:b.

A directory goes into one that is there, and what is in it alone with /. behind it; what is not there yet is made, in \
a directory that is. A source in a container may be a pattern (*, ?, [a-z]); write it in quotes. A link is copied as \
one, without -L. Into a container files become root's, and on the host the caller's, without --archive or --chown.`;
  static override aliases = ['cp'];
  static override usage = 'copy [FLAGS] SOURCE DESTINATION';
  static override examples = [
    '<%= config.bin %> copy ./site web:/srv',
    '<%= config.bin %> copy --chown www-data ./site/. web:/srv/site',
    "<%= config.bin %> copy 'web:/var/log/*.log' .",
    '<%= config.bin %> copy web:/etc/app.conf other:/etc/',
    '<%= config.bin %> copy --archive web:/srv - | gzip >srv.tar.gz',
    '<%= config.bin %> copy - web:/srv <srv.tar.gz',
  ];
  static override args = {
    source: string({ description: 'What is copied.', required: true, ignoreStdin: true }),
    destination: string({ description: 'Where it goes.', required: true, ignoreStdin: true }),
  };
  static override flags = {
    archive: boolean({
      default: false,
      char: 'a',
      description: 'Keep owners, set-user-ID bits and extended attributes.',
    }),
    'follow-link': boolean({
      default: false,
      char: 'L',
      description: 'A source that is a link stands for what it leads to.',
    }),
    chown: textFlag({
      description: 'Whose it is in the container, by its own names or numbers.',
      helpValue: 'USER[:GROUP]',
    }),
    quiet: boolean({ default: false, char: 'q', description: 'Do not say what was copied.' }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Copy);
    const { copyPlace } = await import('../src/cli/copy-place.ts');
    const { copyWords } = await import('../src/cli/describe-copy.ts');
    const [source, destination] = [copyPlace(args.source), copyPlace(args.destination)];
    const isOutput = destination.kind === 'tar';
    if (flags.json && isOutput) throw new ScError('SC_USAGE', 'stdout is the tar: leave --json or - out');
    const { copy } = await import('../src/operations/copy.ts');
    const request = {
      source,
      destination,
      archive: flags.archive,
      followLink: flags['follow-link'],
      ...(flags.chown !== undefined && { owner: flags.chown }),
    };
    const result = await copy(request, this.settings(flags), this.caller);
    for (const { path, reason } of flags.json ? [] : result.leftOut)
      this.complain(`left out "${path}": ${reason}`);
    if (!isOutput) this.answer(flags, result, () => (flags.quiet ? '' : copyWords(result, args.destination)));
    return 0;
  }
}
