import { ScCommand } from '../src/cli/command.ts';
import { containersArgument } from '../src/cli/containers-argument.ts';
import { stopFlags, stopTimes } from '../src/cli/stop-flags.ts';

export default class Restart extends ScCommand {
  static override summary = 'End containers and start them.';
  static override description =
    `Each ends as by sc stop: the stop signal, and SIGKILL if it has not ended in time. One that does not run is only \
started. They go on in the background with what they have written before. Prints the names of those that run.`;
  static override examples = [
    '<%= config.bin %> restart web',
    '<%= config.bin %> restart --time 30 web database',
    '<%= config.bin %> restart --signal SIGINT worker',
  ];
  static override args = { containers: containersArgument };
  static override flags = stopFlags;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Restart);
    const { restart } = await import('../src/operations/restart.ts');
    const request = { containers: args.containers ?? [], ...stopTimes(flags) };
    return this.answerMany(flags, await restart(request, this.settings(flags), this.caller));
  }
}
