import { boolean } from '@oclif/core/flags';
import { ScCommand } from '../src/cli/command.ts';
import { filesArgument, filesFlag, namedFiles } from '../src/cli/files-argument.ts';
import { pruneVolumesFlag, readPruneFlags } from '../src/cli/prune-flags.ts';
import { publishAddressFlag } from '../src/cli/publish-address-flag.ts';
import { readSetFlags, setFlag } from '../src/cli/set-flag.ts';
import type { FileRequest } from '../src/operations/file-request.ts';

const CHANGES = 3;

export default class Plan extends ScCommand {
  static override summary = 'Say what applying a container file would do.';
  static override description =
    `Tells each step with its reason and each field with where it comes from, and \
changes nothing. Images are looked at where they come from. A Job runs each time that it is applied, so that there is always a change.

Ends with 0 where nothing would change, with 3 where something would, with 2 for a bad file, and with 1 for any \
other error; that the file says what cannot be honoured yet is one.

With --portability it tells instead which backends run the documents as they are, and of the others each field that \
they cannot honour, by what the backends declare (sc features). This host is only looked at for which of them are \
installed; it ends with 0.`;
  static override examples = [
    '<%= config.bin %> plan container.yaml',
    '<%= config.bin %> plan --json container.yaml',
    {
      description: 'Every system call that starts the container:',
      command: '<%= config.bin %> plan --syscalls container.yaml',
    },
    {
      description: 'What somebody has changed since it was applied:',
      command: '<%= config.bin %> plan --drift container.yaml',
    },
    {
      description: 'A picture of the documents for a page in Markdown:',
      command: '<%= config.bin %> plan --graph container.yaml',
    },
    {
      description: 'Which backends run this file:',
      command: '<%= config.bin %> plan --portability container.yaml',
    },
  ];
  static override args = { files: filesArgument };
  static override flags = {
    file: filesFlag,
    set: setFlag,
    ...publishAddressFlag,
    syscalls: boolean({
      default: false,
      description: 'Say in words what the backend would do to start each container.',
    }),
    prune: boolean({
      default: false,
      description: 'Plan the removal of what the files have made and do not name any more.',
    }),
    volumes: pruneVolumesFlag,
    drift: boolean({
      default: false,
      description: 'Tell what somebody has changed since the files were applied.',
    }),
    portability: boolean({
      default: false,
      description: 'Say which backends run the file as it is.',
      exclusive: ['syscalls'],
    }),
    graph: boolean({
      default: false,
      description: 'Draw what comes after what as a flowchart of Mermaid; in --json `after` says it.',
      exclusive: ['syscalls', 'portability'],
    }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Plan);
    const request = { file: namedFiles(args.files, flags.file), set: readSetFlags(flags.set) };
    if (flags.portability) return this.#compare(request, flags);
    const { explainSystemCalls, plan } = await import('../src/operations/plan.ts');
    const { explainPlan } = await import('../src/plan/explain.ts');
    const settings = this.settings(flags);
    const choices = { ...readPruneFlags(flags), drift: flags.drift };
    const result = await plan({ ...request, ...choices }, settings, this.caller);
    if (flags.syscalls) {
      const containers = await explainSystemCalls(result, settings);
      this.answer(flags, { containers }, () =>
        containers.map(({ name, lines }) => [`${name}:`, ...lines].join('\n')).join('\n\n'),
      );
    } else {
      const { graphOf } = await import('../src/plan/graph.ts');
      this.answer(flags, result, () => (flags.graph ? graphOf(result) : explainPlan(result)));
    }
    return result.changes || (result.drift ?? []).length > 0 ? CHANGES : 0;
  }

  async #compare(request: FileRequest, flags: Parameters<Plan['settings']>[0]): Promise<number> {
    const { portability } = await import('../src/operations/portability.ts');
    const { describePortability } = await import('../src/cli/describe-features.ts');
    const result = await portability(request, this.settings(flags), this.caller);
    this.answer(flags, result, () => describePortability(result));
    return 0;
  }
}
