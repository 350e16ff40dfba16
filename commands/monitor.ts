import { boolean } from '@oclif/core/flags';
import { ScCommand } from '../src/cli/command.ts';

export default class Monitor extends ScCommand {
  static override summary = 'Keep the containers that run in the background.';
  static override description =
    `Started by whoever needs it, and gone when nobody does; a service manager may keep \
one instead (--stay). It may be killed at any time: containers live on, and the next one takes them up.`;
  static override examples = ['<%= config.bin %> monitor --stay'];
  static override hidden = true;
  static override flags = {
    stay: boolean({ default: false, description: 'Stay when nothing needs it.' }),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(Monitor);
    const { runMonitor } = await import('../src/monitor/monitor.ts');
    await runMonitor(this.settings(flags), { caller: this.caller, stays: flags.stay });
    return 0;
  }
}
