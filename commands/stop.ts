import { ScCommand } from '../src/cli/command.ts';
import { containersArgument } from '../src/cli/containers-argument.ts';
import { stopFlags, stopTimes } from '../src/cli/stop-flags.ts';

export default class Stop extends ScCommand {
  static override summary = 'End containers.';
  static override description =
    `Sends the stop signal (SIGTERM, if the container has no other), and SIGKILL if the \
container has not ended in time (10 s, if it has no other). One that has stopped is as it was asked to be. Prints the \
names of those that have stopped.`;
  static override examples = [
    '<%= config.bin %> stop web',
    '<%= config.bin %> stop --time 30 web database',
    '<%= config.bin %> stop --signal SIGINT --time -1 worker',
  ];
  static override args = { containers: containersArgument };
  static override flags = stopFlags;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Stop);
    const { stop } = await import('../src/operations/stop.ts');
    const request = { containers: args.containers ?? [], ...stopTimes(flags) };
    const result = await stop(request, this.settings(flags), this.caller);
    return this.answerMany(flags, result);
  }
}
