import { string } from '@oclif/core/args';
import { string as flag } from '@oclif/core/flags';
import { ScError } from '../errors/error.ts';

/** The argument of a command about container files. */
export const filesArgument = string({
  description: 'Container files, or a directory of them.',
  multiple: true,
  ignoreStdin: true,
});

/** The same as a flag, which others have for it. */
export const filesFlag = flag({
  char: 'f',
  description: 'A container file, or a directory of them; the same as FILE.',
  helpValue: 'FILE',
  multiple: true,
});

/** Those that were named, by argument or flag. Throws SC_USAGE where there is none. */
export function namedFiles(args: readonly string[] = [], flags: readonly string[] = []): string[] {
  const files = [...args, ...flags];
  if (files.length > 0) return files;
  throw new ScError('SC_USAGE', 'no container file is named', { hint: 'name one or more, or a directory' });
}
