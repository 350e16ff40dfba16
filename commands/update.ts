import { ScCommand } from '../src/cli/command.ts';
import { containersArgument } from '../src/cli/containers-argument.ts';
import { updateFlags } from '../src/cli/update-flags.ts';

export default class Update extends ScCommand {
  static override summary =
    'Change limits and published ports of containers while they run, and when they are started again.';
  static override description =
    `What runs has the new limits at once, all that are named or none; what does not run has them from its next \
start on. What is not named stays. Each container is tried, also where another fails. Prints the names of those that \
were changed.

A limit that the kernel refuses, such as less memory than is in use, leaves the container as it was, and so does a \
port that somebody has. Ports that stay are not interrupted, and connections that are open go on.`;
  static override examples = [
    '<%= config.bin %> update --memory 512m --memory-swap 1g web',
    '<%= config.bin %> update --cpus 0.5 --pids-limit 100 web worker',
    '<%= config.bin %> update --restart on-failure:5 web',
    '<%= config.bin %> update --publish 8443:443 --unpublish 8080:80 web',
  ];
  static override args = { containers: containersArgument };
  static override flags = updateFlags;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Update);
    const { update } = await import('../src/operations/update.ts');
    const { updateRequest } = await import('../src/operations/update-request.ts');
    const settings = this.settings(flags);
    const request = await updateRequest(args.containers ?? [], flags, settings);
    return this.answerMany(flags, await update(request, settings, this.caller));
  }
}
