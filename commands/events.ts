import { boolean, string } from '@oclif/core/flags';
import { ScCommand } from '../src/cli/command.ts';
import { describeEvent } from '../src/cli/describe-event.ts';
import { readEventFilters } from '../src/cli/event-filters.ts';
import { visible, visibleJson } from '../src/errors/visible.ts';
import { isErrno, writeFully } from '../src/linux/descriptor.ts';
import { parseSignal } from '../src/linux/signals.ts';

export default class Events extends ScCommand {
  static override summary = 'Tell what happens to containers, networks and volumes.';
  static override description =
    `Prints a line for each event, from now on until ctrl-c. A MOMENT is the number of an event, a time (RFC 3339 \
with its zone), or a duration before now such as 10m: --since the number of the last event that was seen misses none \
that came after it, and fails where one of those is kept no more.

With --json each line is an object (schema/operations/events.schema.json).`;
  static override examples = [
    '<%= config.bin %> events',
    '<%= config.bin %> events --since 41 --json',
    '<%= config.bin %> events --since 1h --no-follow --filter container=hello',
    '<%= config.bin %> events --filter type=started --filter type=stopped',
    '<%= config.bin %> events --filter type=volumeRemoved --since 1h',
  ];
  static override flags = {
    since: string({ description: 'Events after this one, or from this time on.', helpValue: 'MOMENT' }),
    until: string({ description: 'Events up to this one, or this time; then no more.', helpValue: 'MOMENT' }),
    filter: string({
      char: 'f',
      description: 'Only those of a container, or of a type; of one of them where several are given.',
      helpValue: 'container=NAME|type=TYPE',
      multiple: true,
    }),
    follow: boolean({
      default: true,
      allowNo: true,
      description: 'Go on with what happens from now on.',
    }),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(Events);
    const { events } = await import('../src/operations/events.ts');
    const { listenForEnd } = await import('../src/operations/interruption.ts');
    const request = {
      ...(flags.since !== undefined && { since: flags.since }),
      ...(flags.until !== undefined && { until: flags.until }),
      ...readEventFilters(flags.filter ?? []),
      follow: flags.follow,
    };
    const interruption = listenForEnd(this.caller);
    try {
      for await (const event of events(request, this.settings(flags), interruption.abort)) {
        const line = flags.json ? visibleJson(event) : visible(describeEvent(event));
        writeFully(this.caller.stdout.descriptor, `${line}\n`);
      }
    } catch (error) {
      // Who reads has read enough.
      if (!isErrno(error, 'EPIPE')) throw error;
    } finally {
      interruption.stop();
    }
    const signal = interruption.signal();
    return signal === undefined ? 0 : 128 + parseSignal(signal);
  }
}
