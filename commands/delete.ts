import { boolean, string } from '@oclif/core/flags';
import { ScCommand } from '../src/cli/command.ts';
import { anyContainersArgument } from '../src/cli/containers-argument.ts';
import { readSetFlags, setFlag } from '../src/cli/set-flag.ts';
import { ScError } from '../src/errors/error.ts';

export default class Delete extends ScCommand {
  static override summary = 'Delete containers and what they wrote.';
  static override hiddenAliases = ['rm'];
  static override usage = ['delete NAME...', 'delete --all', 'delete --file FILE'];
  static override description =
    `Each is tried, also where another fails. Prints the names of the containers that are deleted. What is in volumes \
stays, if it is not asked for. With --file the networks of the file go too that no other container is attached to.`;
  static override examples = [
    '<%= config.bin %> delete hello',
    '<%= config.bin %> delete --all --force',
    '<%= config.bin %> delete --file container.yaml',
    '<%= config.bin %> delete --file container.yaml --force --volumes',
    '<%= config.bin %> delete --volumes db',
  ];
  static override args = {
    containers: anyContainersArgument,
  };
  static override flags = {
    all: boolean({ default: false, char: 'a', description: 'All containers that there are.' }),
    file: string({
      description:
        'The containers and networks that a container file, or a directory of them, names, as far as they are there.',
      helpValue: 'FILE',
      multiple: true,
    }),
    force: boolean({
      default: false,
      char: 'f',
      description: 'Kill what runs, and delete what cannot be read.',
    }),
    volumes: boolean({
      default: false,
      char: 'v',
      description:
        'Their volumes without a name too, such as those of an image; with --file those of the file.',
    }),
    set: setFlag,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Delete);
    const names = args.containers ?? [];
    if ([names.length > 0, flags.all, flags.file !== undefined].filter(Boolean).length !== 1) {
      throw new ScError('SC_USAGE', 'what is to be deleted: names, --all or --file FILE, one of them', {
        hint: 'sc delete NAME..., sc delete --all or sc delete --file FILE',
      });
    }
    const { file, force, volumes } = flags;
    if (file !== undefined) {
      const { deleteFile } = await import('../src/operations/delete-file.ts');
      const request = { file, set: readSetFlags(flags.set), force, volumes };
      return this.answerMany(flags, await deleteFile(request, this.settings(flags), this.caller));
    }
    const { deleteContainers } = await import('../src/operations/delete.ts');
    const request = { ...(names.length > 0 && { containers: names }), force, volumes };
    return this.answerMany(flags, await deleteContainers(request, this.settings(flags)));
  }
}
