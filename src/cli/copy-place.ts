import { ScError } from '../errors/error.ts';
import type { CopyPlace } from '../schema/operations/copy.ts';

/**
 * Reads a word of the command line: `NAME:PATH` in a container, `-` a tar, all else a path of the host. What begins with
 * a dot or a slash is one, whatever else is in it. Throws SC_USAGE.
 */
export function copyPlace(word: string): CopyPlace {
  if (word === '-') return { kind: 'tar' };
  const [, container, path] = /^([^./:][^/:]*):(.*)$/s.exec(word) ?? [];
  const refuse = (why: string, hint: string) => new ScError('SC_USAGE', `copy "${word}": ${why}`, { hint });
  if (word === '' || word.includes('\0')) throw refuse('it is no path', './FILE or NAME:PATH');
  if (container === undefined || path === undefined) return { kind: 'host', path: word };
  if (path === '') throw refuse('there is no path behind the colon', `${container}:/ is all of it`);
  return { kind: 'container', container, path };
}
