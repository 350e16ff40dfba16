import { string } from '@oclif/core/args';
import { boolean, string as stringFlag } from '@oclif/core/flags';
import { ScCommand } from '../../src/cli/command.ts';
import { describeLoaded } from '../../src/cli/describe-loaded.ts';
import { platformFlag } from '../../src/cli/image-arguments.ts';
import { ProgressView } from '../../src/cli/progress-view.ts';
import { ScError } from '../../src/errors/error.ts';

export default class ImageLoad extends ScCommand {
  static override summary = 'Load images from an archive or a directory.';
  static override description =
    `What docker, podman, skopeo or sc have saved: an archive of docker, or an OCI image layout as a tar or a directory; \
compressed or not (gzip, zstd, bzip2, xz). All of its images are loaded, or nothing is.`;
  static override examples = [
    '<%= config.bin %> image load web.tar',
    'podman save web | <%= config.bin %> image load',
    '<%= config.bin %> image load --name web:2.0 ./layout',
    '<%= config.bin %> image load --all-platforms web.oci.tar',
  ];
  static override args = {
    source: string({
      description: 'A file, a directory, or - for stdin, as without it.',
      ignoreStdin: true,
    }),
  };
  static override flags = {
    input: stringFlag({ char: 'i', description: 'The same as SOURCE.', helpValue: 'FILE' }),
    reference: stringFlag({ description: 'Of several images only that of this name.', helpValue: 'NAME' }),
    name: stringFlag({ description: 'Its name, in place of its own.', helpValue: 'NAME' }),
    platform: platformFlag,
    'all-platforms': boolean({ default: false, description: 'Keep images for all platforms.' }),
    quiet: boolean({ default: false, char: 'q', description: 'Show no progress.' }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(ImageLoad);
    const { source, input, reference, name, platform } = { ...args, ...flags };
    if (source !== undefined && input !== undefined)
      throw new ScError('SC_USAGE', `load images from "${source}" and from "${input}": name one of them`);
    const { loadImages } = await import('../../src/operations/image/load.ts');
    const request = {
      source: source ?? input ?? '-',
      ...(reference !== undefined && { reference }),
      ...(name !== undefined && { name }),
      ...(platform !== undefined && { platform }),
      allPlatforms: flags['all-platforms'],
    };
    const view = flags.quiet || flags.json ? undefined : new ProgressView(this.caller);
    const loading = loadImages(request, this.settings(flags), this.caller, view);
    const result = await loading.finally(() => view?.close());
    this.answer(flags, result, () => describeLoaded(result));
    return 0;
  }
}
