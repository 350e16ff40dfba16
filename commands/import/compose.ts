import { string } from '@oclif/core/args';
import { boolean, string as text } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';
import { problemWords } from '../../src/cli/report-error.ts';
import { readSetFlags, setFlag } from '../../src/cli/set-flag.ts';

export default class ImportCompose extends ScCommand {
  static override summary = 'Make a container file of a compose file.';
  static override description =
    `Prints a container file that says what the compose file says: a Volume, Network, Container or Job for each of its \
own. What cannot be carried over is named on stderr with its line and column, and in comments of the file. A service \
for whose end others wait becomes a Job. Variables stay variables, with what .env says as their defaults; only where the \
form of a value has to be known they get the value of now. Relative paths count from the file's directory, so that it \
belongs beside the compose file. What the file includes comes over with it. Nothing is made, and no image is pulled or built.`;
  static override examples = [
    '<%= config.bin %> import compose compose.yaml > container.yaml',
    '<%= config.bin %> import compose --profile debug compose.yaml',
    {
      description: 'Only if everything comes over:',
      command: '<%= config.bin %> import compose --strict compose.yaml',
    },
  ];
  static override args = {
    file: string({ description: 'The compose file.', required: true, ignoreStdin: true }),
  };
  static override flags = {
    set: setFlag,
    profile: text({
      description: 'Bring the services of this profile over too.',
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
    }),
    strict: boolean({
      default: false,
      description: 'Refuse a file of which something cannot be carried over.',
    }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(ImportCompose);
    this.settings(flags);
    const { importCompose } = await import('../../src/operations/import-compose.ts');
    const result = await importCompose(
      {
        file: args.file,
        set: readSetFlags(flags.set),
        profiles: flags.profile ?? [],
        strict: flags.strict,
      },
      this.caller,
    );
    if (!flags.json) for (const note of result.notes) this.complain(problemWords(note));
    this.answer(flags, result, () => result.text.trimEnd());
    return 0;
  }
}
