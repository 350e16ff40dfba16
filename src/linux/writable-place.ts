import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ScError } from '../errors/error.ts';
import { reason } from '../errors/reason.ts';

/**
 * Throws SC_USAGE for a path at which no file can be written, before anything is done of which it would tell. `usage` is
 * the flag that has named it, as in help.
 */
export function checkPlace(usage: string, path: string): void {
  const [flag] = usage.split(' ');
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (cause) {
    const hint = 'name a file in a directory that is there and can be written to';
    throw new ScError('SC_USAGE', `${flag} "${path}": ${reason(cause)}`, { cause, hint });
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new ScError('SC_USAGE', `${flag} "${path}": it is a directory`, { hint: usage });
}
