import { withoutStdout } from '../src/cli/caller.ts';
import { ScCommand } from '../src/cli/command.ts';
import { rawWords } from '../src/cli/raw-words.ts';
import { runFlags } from '../src/cli/run-flags.ts';
import { ScError } from '../src/errors/error.ts';

export default class Run extends ScCommand {
  static override summary = 'Run a program in a new container.';
  static override description =
    `IMAGE is an image by its name or ID, oci:PATH[:TAG] or archive:PATH, which is taken in first, "host", a view of \
this machine's own operating system, or a directory that begins with / or ./ and holds a root filesystem. What \
follows the image belongs to the container; one -- directly after it is dropped.

With -d the container lives on in the background, and its ID is printed. Else it ends with sc, unless it is left \
by the detach keys of its terminal (-it, then ctrl-p ctrl-q), and sc ends with its code: 128+n where signal n ended it, 127 where there is no \
such program, 126 where it cannot be executed, 125 for every failure of sc itself. With --json the output of \
the container goes to stderr.`;
  static override usage = 'run [FLAGS] IMAGE [ARG...]';
  static override examples = [
    '<%= config.bin %> run --rm host uname -a',
    '<%= config.bin %> run --rm -it ./rootfs sh',
    '<%= config.bin %> run -d --name web --restart always ./rootfs/web /usr/sbin/nginx',
    '<%= config.bin %> run --rm --network bridge ./rootfs wget http://192.0.2.10/',
    '<%= config.bin %> run --rm --init --timeout 10m ./rootfs make check',
    '<%= config.bin %> run --rm --record strict.yaml ./rootfs/web /usr/sbin/nginx',
    '<%= config.bin %> run --rm -v ./data:/data:ro -m 256m -e DEBUG=1 host ls /data',
  ];
  static override strict = false;
  static override flags = runFlags;

  async run(): Promise<number> {
    const { flags, raw } = await this.parse(Run);
    const { first: image, args } = rawWords(raw);
    if (image === undefined) throw new ScError('SC_USAGE', 'there is no IMAGE', { hint: 'sc run --help' });
    const { shellCode } = await import('../src/cli/describe.ts');
    const caller = flags.json ? withoutStdout(this.caller) : this.caller;
    if (flags.detach) {
      const { runDetached } = await import('../src/operations/run-detached.ts');
      const started = await runDetached(flags, [image, ...args], this.settings(flags), caller);
      this.answer(flags, started, () => started.id);
      return 0;
    }
    const { run } = await import('../src/operations/run.ts');
    const result = await run(flags, [image, ...args], this.settings(flags), caller);
    this.answer(flags, result, () => '');
    return 'exit' in result ? shellCode(result.exit) : 0;
  }
}
