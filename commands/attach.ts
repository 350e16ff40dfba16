import { boolean, string } from '@oclif/core/flags';
import { attachedCode, attachFlags } from '../src/cli/attach-flags.ts';
import { withoutStdout } from '../src/cli/caller.ts';
import { ScCommand } from '../src/cli/command.ts';
import { containerArgument } from '../src/cli/containers-argument.ts';
import { readTail } from '../src/cli/tail.ts';

export default class Attach extends ScCommand {
  static override summary = 'Connect with a container that runs in the background.';
  static override description =
    `Shows what it writes from now on, or from before with --tail or --since, and sends it what is typed or piped \
where its standard input is open (-i). Ends with the container, and with its code. With a terminal on both sides \
ctrl-p ctrl-q leaves it, and it runs on.

The container never waits for who is attached, and several can be at once. A time is RFC 3339 with its zone, seconds \
since 1970, or a duration before now such as 10m. With --json its output goes to stderr.`;
  static override examples = [
    '<%= config.bin %> attach shell',
    '<%= config.bin %> attach --tail 100 web',
    '<%= config.bin %> attach --no-stdin --sig-proxy=false --since 10m web',
  ];
  static override args = {
    container: containerArgument,
  };
  static override flags = {
    'no-stdin': boolean({ default: false, description: 'Send it nothing.' }),
    'close-stdin': boolean({
      default: false,
      description: 'End its standard input with that of sc; that of a Job is ended anyway.',
    }),
    since: string({ description: 'First what it has written since.', helpValue: 'TIME' }),
    tail: string({
      char: 'n',
      description: 'First so many lines that it has written, or all.',
      helpValue: 'N|all',
    }),
    frames: boolean({
      default: false,
      description: 'Write both streams to stdout in frames, for programs (not with a terminal).',
    }),
    ...attachFlags,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Attach);
    const { attach } = await import('../src/operations/attach.ts');
    const tail = flags.tail === undefined ? undefined : readTail(flags.tail);
    const request = {
      container: args.container,
      stdin: !flags['no-stdin'],
      signals: flags['sig-proxy'],
      frames: flags.frames,
      ...(flags['close-stdin'] && { closeStdin: true }),
      ...(flags['detach-keys'] !== undefined && { detachKeys: flags['detach-keys'] }),
      ...(flags.since !== undefined && { since: flags.since }),
      ...(tail !== undefined && { tail: tail === 'all' ? -1 : tail }),
    };
    const caller = flags.json ? withoutStdout(this.caller) : this.caller;
    const result = await attach(request, this.settings(flags), caller);
    this.answer(flags, result, () => '');
    return attachedCode(result);
  }
}
