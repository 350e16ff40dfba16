import { writeFileSync } from 'node:fs';
import { string as argument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';
import { writeFully } from '../../src/linux/descriptor.ts';

export default class ConformanceReport extends ScCommand {
  static override summary = 'Make a report of logs of the conformance suite.';
  static override description =
    `Several logs, of several runtimes, become one report: in HTML a matrix of all statements against all runtimes, in one file \
that needs nothing else. --json is the form json.`;
  static override examples = [
    '<%= config.bin %> conformance report --form html --output matrix.html sc.ndjson runc.ndjson',
    '<%= config.bin %> conformance report --form tap sc.ndjson',
    `<%= config.bin %> conformance report --json sc.ndjson | jq '.runs[0].profiles[] | select(.conforms) | .profile'`,
  ];
  static override strict = false;
  static override args = {
    logs: argument({
      name: 'LOG',
      description: 'Logs that `sc conformance run --log` has written.',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override flags = {
    form: string({
      description: 'Form of the report.',
      options: ['tap', 'junit', 'json', 'markdown', 'badge', 'html'] as const,
      default: 'markdown',
    }),
    output: string({
      char: 'o',
      description: 'File to write it to; else standard output.',
      helpValue: 'FILE',
    }),
  };

  async run(): Promise<number> {
    const { argv, flags } = await this.parse(ConformanceReport);
    const { readLog } = await import('../../src/conformance/log-file.ts');
    const { readSuite } = await import('../../src/conformance/cases.ts');
    const { packageDirectory } = await import('../../src/conformance/places.ts');
    const { report } = await import('../../src/conformance/reports/report.ts');
    const form = flags.json ? 'json' : (flags.form as Parameters<typeof report>[0]);
    const runs = (argv as string[]).map(readLog);
    const text = report(form, readSuite(packageDirectory()), runs);
    if (flags.output === undefined) writeFully(this.caller.stdout.descriptor, text);
    else writeFileSync(flags.output, text);
    return 0;
  }
}
