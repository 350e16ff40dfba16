import { ScCommand } from '../src/cli/command.ts';

export default class Recover extends ScCommand {
  static override summary = 'Finish what a killed sc has left undone.';
  static override description =
    'Started by the keeper or the guard of a container whose sc is gone; other commands do the same.';
  static override hidden = true;

  async run(): Promise<number> {
    const { flags } = await this.parse(Recover);
    const { openWorkplace } = await import('../src/operations/workplace.ts');
    const { finishAbandoned } = await import('../src/operations/recover.ts');
    const [failure] = await finishAbandoned(await openWorkplace(this.settings(flags)), this.caller);
    if (failure !== undefined) throw failure;
    return 0;
  }
}
