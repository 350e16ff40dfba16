import { ScCommand } from '../src/cli/command.ts';

export default class Doctor extends ScCommand {
  static override summary = 'Say what this host can and cannot do, and how to mend it.';
  static override description =
    'What it tries leaves no trace. Ends with 0 where containers can run, else with 1.';
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --json'];

  async run(): Promise<number> {
    const { flags } = await this.parse(Doctor);
    const { diagnose } = await import('../src/operations/doctor.ts');
    const { describeDiagnosis } = await import('../src/cli/describe.ts');
    const result = diagnose(this.settings(flags));
    this.answer(flags, result, () => describeDiagnosis(result));
    return result.fit ? 0 : 1;
  }
}
