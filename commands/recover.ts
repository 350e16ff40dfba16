import { ScCommand } from '../src/cli/command.ts';

export default class Recover extends ScCommand {
  static override summary = 'Finish what a killed sc has left undone.';
  static override description =
    'Started by the keeper or the guard of a container whose sc is gone, and by the guard of a monitor, for which it \
starts another where containers need one; other commands do the rest of it too.';
  static override hidden = true;

  async run(): Promise<number> {
    const { flags } = await this.parse(Recover);
    const { openWorkplace } = await import('../src/operations/workplace.ts');
    const { finishAbandoned } = await import('../src/operations/recover.ts');
    const { succeedMonitor } = await import('../src/operations/succeed-monitor.ts');
    const place = await openWorkplace(this.settings(flags));
    const [failure] = await finishAbandoned(place, this.caller);
    if (place.isWritable()) await (await import('../src/operations/endpoints.ts')).tidyNetworks(place);
    await succeedMonitor(place, this.caller);
    if (failure !== undefined) throw failure;
    return 0;
  }
}
