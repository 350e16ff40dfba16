import { boolean } from '@oclif/core/flags';
import { attachedCode, attachFlags } from '../src/cli/attach-flags.ts';
import { withoutStdout } from '../src/cli/caller.ts';
import { ScCommand } from '../src/cli/command.ts';
import { containersArgument } from '../src/cli/containers-argument.ts';
import { ScError } from '../src/errors/error.ts';
import type { Settings } from '../src/operations/settings.ts';

export default class Start extends ScCommand {
  static override summary = 'Start containers that do not run.';
  static override description =
    `They go on in the background with what they have written before. Prints the names \
of those that run. With -a or -i sc is attached to the one that is named, from its first byte on, and ends with it and \
with its code.`;
  static override examples = [
    '<%= config.bin %> start web',
    '<%= config.bin %> start web database',
    '<%= config.bin %> start -ai shell',
  ];
  static override args = { containers: containersArgument };
  static override flags = {
    attach: boolean({ default: false, char: 'a', description: 'Show what it writes, and pass signals on.' }),
    interactive: boolean({ default: false, char: 'i', description: 'The same, and send it what is typed.' }),
    ...attachFlags,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Start);
    const containers = args.containers ?? [];
    const settings = this.settings(flags);
    if (flags.attach || flags.interactive) return this.#attached(containers, flags, settings);
    if (flags['detach-keys'] !== undefined)
      throw new ScError('SC_USAGE', '--detach-keys is for who is attached', { hint: 'with -a or -i' });
    const { start } = await import('../src/operations/start.ts');
    return this.answerMany(flags, await start({ containers }, settings, this.caller));
  }

  async #attached(
    [container = '', ...others]: string[],
    flags: {
      interactive: boolean;
      'sig-proxy': boolean;
      'detach-keys'?: string | undefined;
      json: boolean;
    },
    settings: Settings,
  ): Promise<number> {
    if (others.length > 0)
      throw new ScError('SC_USAGE', '-a and -i are for one container alone', {
        hint: 'start the others without',
      });
    const { startAttached } = await import('../src/operations/start-attached.ts');
    const keys = flags['detach-keys'];
    const request = {
      container,
      stdin: flags.interactive,
      signals: flags['sig-proxy'],
      ...(keys !== undefined && { detachKeys: keys }),
    };
    const caller = flags.json ? withoutStdout(this.caller) : this.caller;
    const result = await startAttached(request, settings, caller);
    this.answer(flags, result, () => '');
    return attachedCode(result);
  }
}
