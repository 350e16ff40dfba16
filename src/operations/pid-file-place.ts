import { lstatSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Problem } from '../errors/problem.ts';
import { errnoOf, reason } from '../errors/reason.ts';
import type { Runnable } from '../plan/runnable.ts';
import { type Directories, placeOfContainer, realPathOf } from './places-of-containers.ts';

/**
 * What is wrong with the place of a pid file: a directory that is not there, or in which a container could say where
 * the file comes to lie, or what it tells.
 */
export function pidFileComplaint(
  container: Runnable,
  { directory, root }: Directories,
): Pick<Problem, 'path' | 'message' | 'expected'> | undefined {
  const { pidFile } = container.monitor ?? {};
  if (pidFile === undefined) return undefined;
  const file = resolve(directory, pidFile);
  const complaint = { path: 'monitor.pidFile', expected: 'a file in a directory of this host, such as /run' };
  try {
    if (!statSync(dirname(file)).isDirectory())
      return { ...complaint, message: `"${dirname(file)}" is no directory` };
    // A link is replaced, wherever it leads.
    if (lstatSync(file, { throwIfNoEntry: false })?.isDirectory())
      return { ...complaint, message: `"${file}" is a directory` };
  } catch (error) {
    const message = errnoOf(error) === 'ENOENT' ? `"${dirname(file)}" does not exist` : reason(error);
    return { ...complaint, message };
  }
  const paths = [file, join(realPathOf(dirname(file)) ?? dirname(file), basename(file))];
  const owner = placeOfContainer(paths, container, { directory, root });
  if (owner === undefined) return undefined;
  const expected = 'a directory that no container writes to, such as /run';
  return { ...complaint, message: `"${file}" is in "${owner.path}", ${owner.what}`, expected };
}
