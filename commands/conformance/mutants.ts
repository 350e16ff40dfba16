import { boolean, integer, string } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';
import { selectionFlags, untilInterrupted, wantedBy } from '../../src/cli/conformance-flags.ts';
import { describeMutant, describeMutants } from '../../src/cli/describe-conformance.ts';

export default class ConformanceMutants extends ScCommand {
  static override summary = 'See whether the cases of the conformance suite find faults.';
  static override description =
    `Runs cases on runtimes with one fault each, which they have to fail: those that name the fault in killedBy, or with --every all \
of them. Ends with 1 where a fault was not found, or a case does not pass without one.

One of them can be measured with the whole suite, like any other runtime: sc conformance run --runtime mutant:leak-fd.`;
  static override examples = [
    '<%= config.bin %> conformance mutants',
    '<%= config.bin %> conformance mutants --mutant ignore-mount-readonly --every',
    '<%= config.bin %> conformance mutants --case mounts/read-only-bind --every',
  ];
  static override flags = {
    ...selectionFlags,
    mutant: string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'Only this one.',
      helpValue: 'NAME',
    }),
    every: boolean({
      default: false,
      description: 'Try each mutant with each case, to see which cases find its fault.',
    }),
    'assume-sound': boolean({
      default: false,
      description: 'Take for granted that the cases pass without a fault, and do not run them so first.',
    }),
    seed: integer({ description: 'Number that the order of the cases comes from.', min: 0, helpValue: 'N' }),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(ConformanceMutants);
    const { allKilled, runMutants } = await import('../../src/conformance/run-mutants.ts');
    const { mutant = [], every, seed = Date.now() % 2 ** 31 } = flags;
    const request = {
      ...wantedBy(flags),
      ...{ mutants: mutant, every, seed, assumeSound: flags['assume-sound'], abort: untilInterrupted() },
    };
    const result = await runMutants(request, (verdict) => this.complain(describeMutant(verdict)));
    this.answer(flags, result, () => describeMutants(result));
    return allKilled(result) ? 0 : 1;
  }
}
