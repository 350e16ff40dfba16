import { string } from '@oclif/core/flags';
import { ScCommand } from '../src/cli/command.ts';
import { containersArgument } from '../src/cli/containers-argument.ts';
import { shellCode } from '../src/cli/describe.ts';
import { errorWords } from '../src/cli/report-error.ts';
import { readTimeout } from '../src/operations/command-line-values.ts';
import type { Condition } from '../src/schema/operations/wait.ts';

const conditions = ['stopped', 'running', 'paused', 'healthy', 'removed'] as const satisfies Condition[];

export default class Wait extends ScCommand {
  static override summary = 'Wait until containers have stopped, run, or are healthy.';
  static override description =
    `Without --condition it waits until they have stopped, and prints their exit codes, one a line, in the order of \
the arguments: 125 where nobody knows it. One that its policy is about to start again has not stopped. With another \
condition it prints the names of those with which it has come about.

What cannot come about any more is an error, as is a time that is over. Each container is waited for, also where \
another fails.`;
  static override examples = [
    '<%= config.bin %> wait job',
    '<%= config.bin %> wait --condition healthy --timeout 60s web database',
    '<%= config.bin %> wait --condition removed --json job',
  ];
  static override args = { containers: containersArgument };
  static override flags = {
    condition: string({
      description: 'What is waited for.',
      options: conditions,
      default: 'stopped',
      helpValue: conditions.join('|'),
    }),
    timeout: string({ description: 'Longest wait: seconds, or such as 5m.', helpValue: 'DURATION' }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Wait);
    const { wait } = await import('../src/operations/wait.ts');
    const condition = flags.condition as Condition;
    const request = {
      containers: args.containers ?? [],
      condition,
      ...(flags.timeout !== undefined && { timeout: readTimeout(flags.timeout) }),
    };
    const result = await wait(request, this.settings(flags), this.caller);
    if (!flags.json) for (const failure of result.failures) this.complain(errorWords(failure));
    this.answer(flags, result, () =>
      result.containers
        .map(({ name, exit }) => (condition === 'stopped' && exit ? String(shellCode(exit)) : name))
        .join('\n'),
    );
    return result.failures.length === 0 ? 0 : 1;
  }
}
