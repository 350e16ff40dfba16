import { string } from '@oclif/core/args';
import { ScCommand } from '../src/cli/command.ts';
import { candidates, completionLines } from '../src/cli/completion/candidates.ts';
import { namesOf } from '../src/cli/completion/names.ts';
import { print } from '../src/cli/print.ts';

export default class Complete extends ScCommand {
  static override summary = 'Say what the last word of a command line can become.';
  static override description = 'Asked by the scripts of sc completion.';
  static override hidden = true;
  static override args = {
    words: string({ description: 'The words behind sc.', multiple: true, ignoreStdin: true }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Complete);
    const { readManifest } = await import('../src/cli/completion/manifest.ts');
    const names = (wanted: Parameters<typeof namesOf>[0]) => namesOf(wanted, () => this.settings(flags));
    const result = await candidates(args.words ?? [], readManifest(), names);
    if (flags.json) this.answer(flags, result, () => '');
    else print(this.caller.stdout.descriptor, completionLines(result));
    return 0;
  }
}
