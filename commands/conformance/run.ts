import { availableParallelism } from 'node:os';
import { boolean, integer, string } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';
import { selectionFlags, untilInterrupted, wantedBy } from '../../src/cli/conformance-flags.ts';
import { describeCase, describeComparison, describeResult } from '../../src/cli/describe-conformance.ts';

export default class ConformanceRun extends ScCommand {
  static override summary = 'Measure a container runtime against the specification.';
  static override description =
    `Runs the cases of the conformance suite on a runtime, in an order of their own, and tells those that do not pass. \
Ends with 1 where one has failed or could not be tried to its end. Every report is made of the log.

docs/conformance.md says how a runtime of yours is measured.`;
  static override examples = [
    '<%= config.bin %> conformance run --runtime sc',
    '<%= config.bin %> conformance run --runtime runc --profile core --log runc.ndjson',
    '<%= config.bin %> conformance run --runtime /usr/local/bin/myruntime --case operations/exit-code',
    `<%= config.bin %> conformance run --runtime mine --adapter 'node adapter.js'`,
    '<%= config.bin %> conformance run --runtime sc --report html=matrix.html --report junit=junit.xml',
  ];
  static override flags = {
    ...selectionFlags,
    runtime: string({
      description:
        'Name of a runtime that sc has an adapter for, mutant:NAME, or absolute path of one of the OCI.',
      required: true,
      helpValue: 'NAME|PATH',
    }),
    adapter: string({
      description: 'The adapter to speak with, a command in the words of a shell.',
      helpValue: 'COMMAND',
    }),
    seed: integer({ description: 'Number that the order of the cases comes from.', min: 0, helpValue: 'N' }),
    jobs: integer({
      char: 'j',
      description:
        'How many cases are tried at the same time; who does not pass is tried again alone. Default: as many as there are processors.',
      min: 1,
      max: 64,
      helpValue: 'N',
    }),
    log: string({ description: 'Where the log goes, a line of JSON for each event.', helpValue: 'FILE' }),
    report: string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'Write a report of this form: tap, junit, json, markdown, badge, html.',
      helpValue: 'FORM=FILE',
    }),
    baseline: string({
      description: 'Log of an earlier run: end with 1 only where a case passed in it and does not now.',
      helpValue: 'LOG',
    }),
    verbose: boolean({
      default: false,
      char: 'v',
      description: 'Tell each case, not only those in trouble.',
    }),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(ConformanceRun);
    const { adapterOf } = await import('../../src/conformance/runtimes.ts');
    const { measure, resultOf } = await import('../../src/conformance/measure.ts');
    const { exitCodeOf, meaning } = await import('../../src/conformance/verdict.ts');
    const { readLog } = await import('../../src/conformance/log-file.ts');
    const { compareRuns } = await import('../../src/conformance/compare.ts');
    const { wantedReports, writeReports } = await import('../../src/conformance/reports/write-reports.ts');
    const reports = wantedReports(flags.report ?? []);
    const baseline = flags.baseline === undefined ? undefined : readLog(flags.baseline);
    const { runtime, adapter, seed = Date.now() % 2 ** 31, log, verbose } = flags;
    const { jobs = availableParallelism() } = flags;
    const request = {
      ...wantedBy(flags),
      runtime,
      adapter: adapter === undefined ? adapterOf(runtime) : ['/bin/sh', '-c', `exec ${adapter}`],
      ...{ seed, log, jobs, abort: untilInterrupted() },
    };
    const record = await measure(request, (event) => {
      const isTrouble = ['failed', 'incomplete'].includes(meaning[event.state]);
      if (verbose || isTrouble) this.complain(describeCase(event));
    });
    const result = resultOf(record, log);
    await writeReports(reports, [record]);
    this.answer(flags, result, () => describeResult(result));
    if (!result.complete) return 1;
    if (baseline === undefined) return exitCodeOf(result.counts);
    const comparison = compareRuns(baseline, record);
    this.complain(describeComparison(comparison));
    return comparison.worse.length === 0 ? 0 : 1;
  }
}
