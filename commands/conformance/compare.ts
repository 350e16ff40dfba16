import { string as argument } from '@oclif/core/args';
import { ScCommand } from '../../src/cli/command.ts';
import { describeComparison } from '../../src/cli/describe-conformance.ts';

export default class ConformanceCompare extends ScCommand {
  static override summary = 'Say what is otherwise in a later run of the conformance suite.';
  static override description =
    'Ends with 1 where a case passed before and does not now, or is not tried any more.';
  static override examples = [
    '<%= config.bin %> conformance compare yesterday.ndjson today.ndjson',
    `<%= config.bin %> conformance compare --json runc.ndjson crun.ndjson | jq -r '.worse[]'`,
  ];
  static override args = {
    before: argument({ description: 'Log of the earlier run.', required: true, ignoreStdin: true }),
    after: argument({ description: 'Log of the later run.', required: true, ignoreStdin: true }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(ConformanceCompare);
    const { readLog } = await import('../../src/conformance/log-file.ts');
    const { compareRuns } = await import('../../src/conformance/compare.ts');
    const result = compareRuns(readLog(args.before), readLog(args.after));
    this.answer(flags, result, () => describeComparison(result));
    return result.worse.length === 0 ? 0 : 1;
  }
}
