import { string } from '@oclif/core/flags';
import { ScError } from '../errors/error.ts';

export const outputFlag = string({
  char: 'o',
  description: 'Where to, if not to stdout.',
  helpValue: 'PATH',
});

/** Where an archive goes to, `-` for stdout. Throws SC_USAGE where stdout is for the answer. */
export function archiveOutput({
  output = '-',
  json,
}: {
  output?: string | undefined;
  json: boolean;
}): string {
  if (output === '-' && json)
    throw new ScError('SC_USAGE', '--json: stdout is for the archive', {
      hint: 'name a file: --output FILE',
    });
  return output;
}
