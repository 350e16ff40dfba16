import { boolean, string } from '@oclif/core/flags';
import { DocumentsView } from '../src/cli/apply-view.ts';
import { withoutStdout } from '../src/cli/caller.ts';
import { ScCommand } from '../src/cli/command.ts';
import { filesArgument, filesFlag, namedFiles } from '../src/cli/files-argument.ts';
import { pruneVolumesFlag, readPruneFlags } from '../src/cli/prune-flags.ts';
import { publishAddressFlag } from '../src/cli/publish-address-flag.ts';
import { readSetFlags, setFlag } from '../src/cli/set-flag.ts';
import { ScError } from '../src/errors/error.ts';
import { readTimeout } from '../src/operations/command-line-values.ts';

export default class Apply extends ScCommand {
  static override summary = 'Do what a container file says.';
  static override description =
    `Makes what is there as the files say. Images are taken into the store, volumes and networks made, and Containers \
made, changed or replaced, which live on in the background; what is as its file says is left alone. sc plan tells before \
what would be done. Jobs run one after the other, with their output as it comes; with --json that goes to stderr.

Where something fails, what comes after it is skipped and all else is done. Ends with the code of the first document that \
failed: that of a Job, 126 where a program cannot be executed, 127 where there is none, and with 1 for any other error; \
that the file says what cannot be honoured yet is one. Ends with 2 for a bad file, of which nothing is done.`;
  static override examples = [
    '<%= config.bin %> apply container.yaml',
    '<%= config.bin %> apply --prune ./site',
    '<%= config.bin %> apply --prune --volumes ./site',
    '<%= config.bin %> apply --atomic --wait container.yaml',
    '<%= config.bin %> apply --wait --timeout 30s container.yaml',
    '<%= config.bin %> apply --report junit=report.xml container.yaml',
  ];
  static override args = { files: filesArgument };
  static override flags = {
    file: filesFlag,
    set: setFlag,
    ...publishAddressFlag,
    atomic: boolean({
      default: false,
      description:
        'Undo all where something fails, or is not healthy where --wait waits for it; volumes hold again what they held, but for those that others mount too.',
    }),
    prune: boolean({
      default: false,
      description:
        'Remove the containers, networks and images that the files have made and do not name any more, as far as nobody else needs them.',
    }),
    volumes: pruneVolumesFlag,
    wait: boolean({
      default: false,
      description: 'Wait until every Container that has a health check is healthy.',
    }),
    timeout: string({
      description: 'Longest wait of --wait: seconds, or such as 5m.',
      helpValue: 'DURATION',
    }),
    quiet: boolean({ default: false, char: 'q', description: 'Show no progress.' }),
    report: string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'Write a report of what the file expects of its Jobs, in this form: tap, junit.',
      helpValue: 'FORM=FILE',
    }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Apply);
    const { apply } = await import('../src/operations/apply.ts');
    const { appliedCode, describeApplied, describeFailures } = await import('../src/cli/describe.ts');
    const reports = flags.report && (await import('../src/cli/apply-reports.ts'));
    const wanted = reports?.readReportFlags(flags.report) ?? [];
    const caller = flags.json ? withoutStdout(this.caller) : this.caller;
    const [time, from] = [new Date().toISOString(), performance.now()];
    const { wait, atomic, timeout } = flags;
    if (timeout !== undefined && !wait)
      throw new ScError('SC_USAGE', '--timeout: nothing is waited for without --wait', {
        hint: `--wait --timeout ${timeout}`,
      });
    const patience = timeout === undefined ? {} : { timeout: readTimeout(timeout) };
    const request = {
      file: namedFiles(args.files, flags.file),
      set: readSetFlags(flags.set),
      ...readPruneFlags(flags),
      wait,
      atomic,
      ...patience,
    };
    const view = flags.json || flags.quiet ? undefined : new DocumentsView(caller);
    const result = await apply(request, this.settings(flags), view?.caller ?? caller, view);
    const milliseconds = Math.round(performance.now() - from);
    const failures = flags.json ? '' : describeFailures(result);
    if (failures !== '') this.complain(failures);
    view?.finish(result);
    this.answer(flags, result, () => describeApplied(result));
    await reports?.writeApplyReports(wanted, result, { time, milliseconds });
    return appliedCode(result);
  }
}
