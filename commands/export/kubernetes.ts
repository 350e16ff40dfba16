import { boolean, string as text } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';
import { filesArgument, filesFlag, namedFiles } from '../../src/cli/files-argument.ts';
import { problemWords } from '../../src/cli/report-error.ts';
import { readSetFlags, setFlag } from '../../src/cli/set-flag.ts';

export default class ExportKubernetes extends ScCommand {
  static override summary = 'Make objects of Kubernetes of a container file.';
  static override description =
    `Prints what a cluster needs to do as the file says: of a Container a Pod, or a Deployment where it has replicas or \
is always started again, of a Job a Job, of volumes claims, of networks and ports Services, and a NetworkPolicy for who \
has no network. What cannot be carried over is named on stderr with its line and column, and in comments. Rights are \
said as strictly as they are here. Variables have the values of now. Nothing is made, and no secret is read.`;
  static override examples = [
    '<%= config.bin %> export kubernetes container.yaml > cluster.yaml',
    { description: 'And then:', command: 'kubectl apply -f cluster.yaml' },
    {
      description: 'Only if everything comes over:',
      command: '<%= config.bin %> export kubernetes --strict --claim-size 10Gi container.yaml',
    },
  ];
  static override args = { files: filesArgument };
  static override flags = {
    file: filesFlag,
    set: setFlag,
    'claim-size': text({
      description: 'What the claim of a volume asks for that has no size (default: 1Gi).',
      helpValue: 'SIZE',
    }),
    strict: boolean({
      default: false,
      description: 'Refuse a file of which something cannot be carried over.',
    }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(ExportKubernetes);
    this.settings(flags);
    const { exportKubernetes } = await import('../../src/operations/export-kubernetes.ts');
    const claimSize = flags['claim-size'];
    const result = await exportKubernetes(
      {
        file: namedFiles(args.files, flags.file),
        set: readSetFlags(flags.set),
        strict: flags.strict,
        ...(claimSize !== undefined && { claimSize }),
      },
      this.caller,
    );
    if (!flags.json) for (const note of result.notes) this.complain(problemWords(note));
    this.answer(flags, result, () => result.text.trimEnd());
    return 0;
  }
}
