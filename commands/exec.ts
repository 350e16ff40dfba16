import { boolean, string } from '@oclif/core/flags';
import { withoutStdout } from '../src/cli/caller.ts';
import { ScCommand } from '../src/cli/command.ts';
import { rawWords } from '../src/cli/raw-words.ts';
import { ScError } from '../src/errors/error.ts';

export default class Exec extends ScCommand {
  static override summary = 'Execute another program in a container that runs.';
  static override description =
    `The program sees what the container sees and is held by its limits, with no more rights than the container's \
own program has. What follows the container belongs to the program; one -- directly after it is dropped.

The program ends with sc, and sc ends with its code: 128+n where signal n ended it, 127 where there is no such \
program, 126 where it cannot be executed, 125 for every failure of sc itself. With --json the output of the \
program goes to stderr.`;
  static override usage = 'exec [FLAGS] CONTAINER COMMAND [ARG...]';
  static override examples = [
    '<%= config.bin %> exec -it hello sh',
    '<%= config.bin %> exec -u 0 -w /etc hello cat passwd',
    '<%= config.bin %> exec -d -e DEBUG=1 hello sh -c "sleep 60; date >/tmp/later"',
  ];
  static override strict = false;
  static override flags = {
    interactive: boolean({
      default: false,
      char: 'i',
      description: "Hand the caller's standard input on; else it is /dev/null.",
    }),
    tty: boolean({ default: false, char: 't', description: 'Give the program a terminal.' }),
    detach: boolean({
      default: false,
      char: 'd',
      description: 'Let it go on alone, its output thrown away.',
    }),
    env: string({
      multiple: true,
      multipleNonGreedy: true,
      char: 'e',
      description: "Set a variable; NAME alone takes the caller's value.",
      helpValue: 'NAME[=VALUE]',
    }),
    user: string({
      char: 'u',
      description: "User and group, names or numbers (default: the container's).",
      helpValue: 'USER[:GROUP]',
    }),
    workdir: string({
      char: 'w',
      description: "Working directory (default: the container's).",
      helpValue: 'DIR',
    }),
  };

  async run(): Promise<number> {
    const { flags, raw } = await this.parse(Exec);
    const { first: container, args } = rawWords(raw);
    if (container === undefined || args.length === 0) {
      const missing = container === undefined ? 'CONTAINER' : 'COMMAND';
      throw new ScError('SC_USAGE', `there is no ${missing}`, { hint: 'sc exec --help' });
    }
    const { exec } = await import('../src/operations/exec.ts');
    const { execRequest } = await import('../src/cli/exec-request.ts');
    const { shellCode } = await import('../src/cli/describe.ts');
    const caller = flags.json ? withoutStdout(this.caller) : this.caller;
    const request = execRequest(flags, container, args, caller.environment);
    const result = await exec(request, this.settings(flags), caller);
    this.answer(flags, result, () => '');
    return result.exit === undefined ? 0 : shellCode(result.exit);
  }
}
