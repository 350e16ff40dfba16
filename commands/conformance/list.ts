import { ScCommand } from '../../src/cli/command.ts';
import { selectionFlags, wantedBy } from '../../src/cli/conformance-flags.ts';
import { describeCases } from '../../src/cli/describe-conformance.ts';

export default class ConformanceList extends ScCommand {
  static override summary = 'List the cases of the conformance suite.';
  static override description =
    'Tells of each case which statements of the specification it checks; with --json also which statements none does.';
  static override examples = [
    '<%= config.bin %> conformance list',
    '<%= config.bin %> conformance list --profile core --level must',
    `<%= config.bin %> conformance list --json | jq -r '.unchecked[]'`,
  ];
  static override flags = selectionFlags;

  async run(): Promise<number> {
    const { flags } = await this.parse(ConformanceList);
    const { listCases } = await import('../../src/conformance/list-cases.ts');
    const result = listCases(wantedBy(flags));
    this.answer(flags, result, () => describeCases(result));
    return 0;
  }
}
