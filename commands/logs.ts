import { boolean, string } from '@oclif/core/flags';
import { ScCommand } from '../src/cli/command.ts';
import { containerArgument } from '../src/cli/containers-argument.ts';
import { readTail } from '../src/cli/tail.ts';
import { parseSignal } from '../src/linux/signals.ts';

export default class Logs extends ScCommand {
  static override summary = 'Print what a container has written.';
  static override description =
    `What it wrote to its stdout goes to stdout and what it wrote to its stderr to stderr, byte by byte. A time is \
RFC 3339 with its zone, seconds since 1970, or a duration before now such as 10m or 1h30m; a line belongs to the \
time at which it was begun.

With --json an object is printed for each line, on a line of its own: {"log", "stream", "time"}, with "logBase64" \
in place of "log" where the bytes are not UTF-8. A line of more than 16 KiB is several objects, and only the last \
one's text ends with a newline.`;
  static override examples = [
    '<%= config.bin %> logs hello',
    '<%= config.bin %> logs --follow --tail 10 hello',
    '<%= config.bin %> logs --since 10m --timestamps --stream stderr hello',
    '<%= config.bin %> logs --since 2024-05-01T12:00:00Z --until 2024-05-01T13:00:00Z --json hello',
  ];
  static override args = {
    container: containerArgument,
  };
  static override flags = {
    follow: boolean({ default: false, char: 'f', description: 'Go on until the container has stopped.' }),
    since: string({ description: 'No line from before.', helpValue: 'TIME' }),
    until: string({ description: 'No line from after.', helpValue: 'TIME' }),
    tail: string({
      char: 'n',
      description: 'So many lines at the end, or all.',
      helpValue: 'N|all',
      default: 'all',
    }),
    timestamps: boolean({ default: false, char: 't', description: 'Put its time before each line.' }),
    stream: string({ description: 'One of the two alone.', options: ['stdout', 'stderr'] as const }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Logs);
    const { logs } = await import('../src/operations/logs.ts');
    const { follow, since, until, stream } = flags;
    const tail = readTail(flags.tail);
    const request = {
      container: args.container,
      follow,
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
      ...(tail !== 'all' && { tail }),
      ...(stream !== undefined && { stream: stream as 'stdout' | 'stderr' }),
    };
    const form = flags.json ? 'records' : flags.timestamps ? 'times' : 'bytes';
    const { interrupted } = await logs(request, form, this.settings(flags), this.caller);
    return interrupted === undefined ? 0 : 128 + parseSignal(interrupted);
  }
}
