import { boolean, string } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';

export default class VolumeList extends ScCommand {
  static override summary = 'List volumes.';
  static override description =
    'With the containers that mount them, running or not. Filters of one kind are alternatives, but for labels, of which all have to be there.';
  static override hiddenAliases = ['volume:ls'];
  static override examples = [
    '<%= config.bin %> volume list',
    '<%= config.bin %> volume list --filter dangling=true --quiet',
    '<%= config.bin %> volume list --filter label=team=payments',
  ];
  static override flags = {
    quiet: boolean({ default: false, char: 'q', description: 'Print the names alone.' }),
    trunc: boolean({ default: true, allowNo: true, description: 'Shorten names that sc has given.' }),
    filter: string({
      char: 'f',
      description: 'Only those: name=PART, label=KEY[=VALUE], dangling=true|false.',
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(VolumeList);
    const { volumeFilters } = await import('../../src/operations/volume/command-line.ts');
    const request = volumeFilters(flags.filter ?? []);
    const { listVolumes } = await import('../../src/operations/volume/list.ts');
    const { describeVolumes } = await import('../../src/cli/describe-volumes.ts');
    const result = await listVolumes(request, this.settings(flags));
    this.answer(flags, result, () =>
      flags.quiet
        ? result.volumes.map(({ name }) => name).join('\n')
        : describeVolumes(result, { now: Date.now(), isWhole: !flags.trunc }),
    );
    return 0;
  }
}
