import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { ScCommand } from '../src/cli/command.ts';
import { readSetFlags, setFlag } from '../src/cli/set-flag.ts';

const CHANGES = 3;

export default class Plan extends ScCommand {
  static override summary = 'Say what applying a container file would do.';
  static override description =
    `Tells each step with its reason and each field with where it comes from, and \
changes nothing. A Job runs each time that it is applied, so that there is always a change.

Ends with 0 where nothing would change, with 3 where something would, with 2 for a bad file, and with 1 for any \
other error; that the file says what cannot be honoured yet is one.`;
  static override examples = [
    '<%= config.bin %> plan container.yaml',
    '<%= config.bin %> plan --json container.yaml',
    {
      description: 'Every system call that starts the container:',
      command: '<%= config.bin %> plan --syscalls container.yaml',
    },
  ];
  static override args = {
    file: string({ description: 'The container file.', required: true, ignoreStdin: true }),
  };
  static override flags = {
    set: setFlag,
    syscalls: boolean({
      default: false,
      description: 'Say in words what the backend would do to start each container.',
    }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Plan);
    const { explainSystemCalls, plan } = await import('../src/operations/plan.ts');
    const { explainPlan } = await import('../src/plan/explain.ts');
    const settings = this.settings(flags);
    const result = await plan({ file: args.file, set: readSetFlags(flags.set) }, settings, this.caller);
    if (flags.syscalls) {
      const containers = await explainSystemCalls(result, settings);
      this.answer(flags, { containers }, () =>
        containers.map(({ name, lines }) => [`${name}:`, ...lines].join('\n')).join('\n\n'),
      );
    } else {
      this.answer(flags, result, () => explainPlan(result));
    }
    return result.changes ? CHANGES : 0;
  }
}
