import { boolean, string } from '@oclif/core/flags';
import { ScCommand } from '../src/cli/command.ts';
import { readListFilters } from '../src/cli/list-filters.ts';
import { ScError } from '../src/errors/error.ts';

export default class Ps extends ScCommand {
  static override summary = 'List containers.';
  static override description =
    `Those that run, stand still, or are about to be started again; with --all, --last or a status that is asked for \
the others too. Filters of one kind are alternatives, but for labels, of which all have to be there.`;
  static override hiddenAliases = ['ls'];
  static override examples = [
    '<%= config.bin %> ps',
    '<%= config.bin %> ps --all --filter status=exited --filter label=team=payments',
    '<%= config.bin %> ps --filter network=backend --filter volume=data',
    '<%= config.bin %> ps --latest --no-trunc',
    '<%= config.bin %> delete $(<%= config.bin %> ps --quiet --filter status=exited)',
    '<%= config.bin %> ps --json',
  ];
  static override flags = {
    all: boolean({ default: false, char: 'a', description: 'Those that have stopped too.' }),
    quiet: boolean({ default: false, char: 'q', description: 'Print the IDs alone.' }),
    trunc: boolean({ default: true, allowNo: true, description: 'Shorten IDs and commands.' }),
    last: string({ char: 'n', description: 'Only the last N that were made.', helpValue: 'N' }),
    latest: boolean({ default: false, char: 'l', description: 'Only the last one that was made.' }),
    filter: string({
      char: 'f',
      description:
        'Only those: name=TEXT, id=DIGITS, status=STATUS, label=KEY[=VALUE], network=NAME, volume=NAME.',
      helpValue: 'KEY=VALUE',
      multiple: true,
    }),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(Ps);
    const last = flags.latest ? 1 : readLast(flags.last);
    const request = {
      all: flags.all,
      ...(last !== undefined && { last }),
      ...readListFilters(flags.filter ?? []),
    };
    const { list, listedStatus } = await import('../src/operations/list.ts');
    const { describeIds, describeListing } = await import('../src/cli/describe-listing.ts');
    const result = await list(request, this.settings(flags), this.caller);
    const now = Date.now();
    const isWhole = !flags.trunc;
    this.answer(flags, result, () =>
      flags.quiet
        ? describeIds(result, { isWhole })
        : describeListing(result, {
            now,
            isWhole,
            isRestarting: (state) => listedStatus(state, now) === 'restarting',
          }),
    );
    return 0;
  }
}

/** As docker has it, -1 is no bound. */
function readLast(text: string | undefined): number | undefined {
  if (text === undefined || text === '-1') return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new ScError('SC_USAGE', `--last: found "${text}"`, { hint: 'a number from 1 on' });
}
