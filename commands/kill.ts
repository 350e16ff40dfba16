import { string } from '@oclif/core/flags';
import { ScCommand } from '../src/cli/command.ts';
import { containersArgument } from '../src/cli/containers-argument.ts';
import { parseSignal } from '../src/linux/signals.ts';

export default class Kill extends ScCommand {
  static override summary = 'Send a signal to containers, or end them at once.';
  static override description =
    `The first process of each container gets the signal; without --signal that is SIGKILL, which ends it. A signal is \
SIGHUP, HUP, 1, SIGRTMIN+3, and so on. A container that does not run is refused; sc stop takes one that has stopped. \
No restart policy starts one again that was ended like this. Prints the names of those that got it.`;
  static override examples = [
    '<%= config.bin %> kill hello',
    '<%= config.bin %> kill --signal HUP web proxy',
    '<%= config.bin %> kill -s SIGRTMIN+3 system',
  ];
  static override args = { containers: containersArgument };
  static override flags = {
    signal: string({ char: 's', default: 'SIGKILL', description: 'The signal.', helpValue: 'SIGNAL' }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Kill);
    const { kill } = await import('../src/operations/kill.ts');
    const request = { containers: args.containers ?? [], signal: parseSignal(flags.signal) };
    return this.answerMany(flags, await kill(request, this.settings(flags)));
  }
}
