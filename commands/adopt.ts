import { ScCommand } from '../src/cli/command.ts';
import { containerArgument } from '../src/cli/containers-argument.ts';

export default class Adopt extends ScCommand {
  static override summary = 'Make a container file of a container.';
  static override description =
    `Prints a container file that says what the container is: applied, it changes nothing. What is the default, or said \
by the image, is left out; paths are absolute, and values are text in which no variable stands. It is planned before it \
is printed; where it would change something there is none, and what that is is named. Networks and volumes that the \
container uses are there, and are no part of the file.`;
  static override examples = [
    '<%= config.bin %> adopt web > web.yaml',
    { description: 'And from then on:', command: '<%= config.bin %> apply web.yaml' },
  ];
  static override args = { container: containerArgument };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Adopt);
    const { adopt } = await import('../src/operations/adopt.ts');
    const result = await adopt({ container: args.container }, this.settings(flags), this.caller);
    this.answer(flags, result, () => result.text.trimEnd());
    return 0;
  }
}
