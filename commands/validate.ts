import { ScCommand } from '../src/cli/command.ts';
import { filesArgument, filesFlag, namedFiles } from '../src/cli/files-argument.ts';
import { readSetFlags, setFlag } from '../src/cli/set-flag.ts';

export default class Validate extends ScCommand {
  static override summary = 'Check a container file.';
  static override description =
    `Reports all that is wrong with a file at once, each with its line and column, and \
touches nothing. What is right but cannot be honoured yet is noted. Ends with 0 for a valid file, and with 2 \
for any other.`;
  static override examples = [
    '<%= config.bin %> validate container.yaml',
    '<%= config.bin %> validate --set TAG=1.2 container.yaml',
  ];
  static override args = { files: filesArgument };
  static override flags = { file: filesFlag, set: setFlag };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Validate);
    const { validate } = await import('../src/operations/validate.ts');
    const request = { file: namedFiles(args.files, flags.file), set: readSetFlags(flags.set) };
    const result = await validate(request, this.settings(flags), this.caller);
    const { describeValidation } = await import('../src/cli/describe.ts');
    this.answer(flags, result, () => describeValidation(result));
    return 0;
  }
}
