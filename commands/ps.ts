import { boolean } from '@oclif/core/flags';
import { ScCommand } from '../src/cli/command.ts';

export default class Ps extends ScCommand {
  static override summary = 'List containers.';
  static override hiddenAliases = ['ls'];
  static override examples = [
    '<%= config.bin %> ps',
    '<%= config.bin %> ps --all',
    '<%= config.bin %> ps --json',
  ];
  static override flags = {
    all: boolean({ default: false, char: 'a', description: 'Those that have stopped too.' }),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(Ps);
    const { list } = await import('../src/operations/list.ts');
    const { describeListing } = await import('../src/cli/describe.ts');
    const result = await list({ all: flags.all }, this.settings(flags), this.caller);
    this.answer(flags, result, () => describeListing(result, Date.now()));
    return 0;
  }
}
