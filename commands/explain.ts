import { string } from '@oclif/core/args';
import { ScCommand } from '../src/cli/command.ts';
import { textWidth } from '../src/cli/text-width.ts';

export default class Explain extends ScCommand {
  static override summary = 'Say what a field of a container file means.';
  static override description =
    `Prints what the schemas say of a field: what it is for, its type with the unit, default, allowed values, examples, \
the keys below it, and which backends support it. PATH begins with a kind or with an operation, whose request is meant; \
what begins with neither is a field of a container. Without PATH all kinds and operations are listed.`;
  static override examples = [
    '<%= config.bin %> explain',
    '<%= config.bin %> explain container.network.ports',
    '<%= config.bin %> explain resources.memory',
    '<%= config.bin %> explain job.steps.commit',
    { description: 'The request of an operation:', command: '<%= config.bin %> explain image-load' },
  ];
  static override args = {
    path: string({
      description: 'What to explain: a kind or an operation, and keys, joined by dots.',
      ignoreStdin: true,
    }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Explain);
    const { explain } = await import('../src/operations/explain.ts');
    const { describeExplanation, describeSubjects } = await import('../src/cli/describe-explanation.ts');
    const request = args.path === undefined ? {} : { path: args.path };
    const result = await explain(request, this.settings(flags));
    const width = textWidth(this.caller.stdout);
    this.answer(flags, result, () =>
      'subjects' in result ? describeSubjects(result, width) : describeExplanation(result, width),
    );
    return 0;
  }
}
