import { ScCommand } from '../../src/cli/command.ts';
import { volumeArgument } from '../../src/cli/volume-arguments.ts';

export default class VolumeInspect extends ScCommand {
  static override summary = 'Show all that is known of a volume.';
  static override description =
    'Its record, what it takes, the containers that mount it and its snapshots, as one JSON object ' +
    '(schema/operations/volume-inspect.schema.json).';
  static override examples = ['<%= config.bin %> volume inspect data'];
  static override args = { volume: volumeArgument };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(VolumeInspect);
    const { inspectVolume } = await import('../../src/operations/volume/inspect.ts');
    const result = await inspectVolume(args, this.settings(flags));
    this.answer({ json: true }, result, () => '');
    return 0;
  }
}
