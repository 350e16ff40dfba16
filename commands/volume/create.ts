import { string } from '@oclif/core/args';
import { string as stringFlag } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';

export default class VolumeCreate extends ScCommand {
  static override summary = 'Make a volume.';
  static override description =
    `A directory that outlives the containers that mount it. Without a name it gets one of 64 hex digits. The first \
container that mounts it has it begin with what its image has there. Prints the name.`;
  static override examples = [
    '<%= config.bin %> volume create data',
    '<%= config.bin %> volume create --owner 1000:1000 --mode 0700 --label team=payments data',
    '<%= config.bin %> run --rm -v data:/var/lib/data host ls /var/lib/data',
  ];
  static override args = {
    name: string({ description: 'Name of the volume.', ignoreStdin: true }),
  };
  static override flags = {
    label: stringFlag({
      char: 'l',
      description: 'Note something on the volume.',
      helpValue: 'KEY[=VALUE]',
      multiple: true,
      multipleNonGreedy: true,
    }),
    owner: stringFlag({
      description: 'User and group of its top directory, numbers or root, whatever an image says.',
      helpValue: 'UID[:GID]',
    }),
    mode: stringFlag({
      description: 'Permissions of its top directory, octal, whatever an image says.',
      helpValue: 'MODE',
    }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(VolumeCreate);
    const { createVolume } = await import('../../src/operations/volume/create.ts');
    const { volumeCreation } = await import('../../src/operations/volume/command-line.ts');
    const result = await createVolume(volumeCreation(args.name, flags), this.settings(flags));
    this.answer(flags, result, () => result.name);
    return 0;
  }
}
