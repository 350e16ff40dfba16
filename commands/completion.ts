import { string } from '@oclif/core/args';
import { ScCommand } from '../src/cli/command.ts';
import { type Shell, scripts } from '../src/cli/completion/scripts.ts';

const shells = Object.keys(scripts) as Shell[];

export default class Completion extends ScCommand {
  static override summary = 'Print what makes a shell complete command lines of sc.';
  static override description =
    'Commands, flags, values and the names of containers, images and volumes are completed as they are at that \
moment, so that the script stays the same when sc becomes another.';
  static override examples = [
    { description: 'Bash, now or in ~/.bashrc:', command: 'source <(<%= config.bin %> completion bash)' },
    {
      description: 'Zsh, in ~/.zshrc below compinit:',
      command: 'source <(<%= config.bin %> completion zsh)',
    },
    {
      description: 'Fish, once:',
      command: '<%= config.bin %> completion fish > ~/.config/fish/completions/sc.fish',
    },
  ];
  static override args = {
    shell: string({ description: 'The shell.', required: true, options: shells, ignoreStdin: true }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Completion);
    const shell = args.shell as Shell;
    this.answer(flags, { shell, script: scripts[shell] }, () => scripts[shell].trimEnd());
    return 0;
  }
}
