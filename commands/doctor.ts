import { boolean } from '@oclif/core/flags';
import { ScCommand } from '../src/cli/command.ts';
import { parseSignal } from '../src/linux/signals.ts';

export default class Doctor extends ScCommand {
  static override summary = 'Say what this host can and cannot do, and how to mend it.';
  static override description =
    `What it tries leaves no trace. Ends with 0 where containers can run, else with 1.

With --security a probe looks at what a container sees and can do by default, here and with the other runners \
that are installed: runc, crun, podman, docker, lxc and bubblewrap. It ends with 1 where sc could not run it.`;
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --security',
    '<%= config.bin %> doctor --json',
  ];
  static override flags = {
    security: boolean({ description: 'Compare what a container sees and can do by default.' }),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(Doctor);
    return flags.security ? this.#compare(flags) : this.#diagnose(flags);
  }

  async #diagnose(flags: Parameters<Doctor['settings']>[0]): Promise<number> {
    const { diagnose } = await import('../src/operations/doctor.ts');
    const { describeDiagnosis } = await import('../src/cli/describe.ts');
    const result = await diagnose(this.settings(flags));
    this.answer(flags, result, () => describeDiagnosis(result));
    return result.fit ? 0 : 1;
  }

  async #compare(flags: Parameters<Doctor['settings']>[0]): Promise<number> {
    const { scoreSecurity } = await import('../src/operations/scorecard.ts');
    const { describeScorecard } = await import('../src/cli/describe-scorecard.ts');
    const result = await scoreSecurity(this.settings(flags), this.caller);
    this.answer(flags, result, () => describeScorecard(result));
    if (result.interrupted !== undefined) return 128 + parseSignal(result.interrupted);
    return result.runtimes[0]?.status === 'probed' ? 0 : 1;
  }
}
