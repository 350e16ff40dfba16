import { string } from '@oclif/core/flags';
import { ScCommand } from '../../../src/cli/command.ts';
import { describeLint } from '../../../src/cli/describe-conformance.ts';

export default class ConformanceAdapterLint extends ScCommand {
  static override summary = 'See whether an adapter of the conformance suite holds to its protocol.';
  static override description =
    'For who writes one: tries it without any case. Ends with 1 where something is wrong with it.';
  static override examples = [
    `<%= config.bin %> conformance adapter lint --adapter 'node adapter.js'`,
    '<%= config.bin %> conformance adapter lint --runtime /usr/local/bin/myruntime',
  ];
  static override flags = {
    runtime: string({
      description: 'Name of a runtime that sc has an adapter for, or absolute path of one of the OCI.',
      helpValue: 'NAME|PATH',
      exactlyOne: ['runtime', 'adapter'],
    }),
    adapter: string({ description: 'The adapter, a command in the words of a shell.', helpValue: 'COMMAND' }),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(ConformanceAdapterLint);
    const { adapterOf } = await import('../../../src/conformance/runtimes.ts');
    const { lintAdapter } = await import('../../../src/conformance/lint-adapter.ts');
    const { runtime = '', adapter } = flags;
    const result = await lintAdapter(
      adapter === undefined ? adapterOf(runtime) : ['/bin/sh', '-c', `exec ${adapter}`],
    );
    this.answer(flags, result, () => describeLint(result));
    return result.sound ? 0 : 1;
  }
}
