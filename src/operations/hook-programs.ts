import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Problem } from '../errors/problem.ts';
import { findProgram } from '../linux/find-program.ts';
import type { Runnable } from '../plan/runnable.ts';
import { type Directories, placeOfContainer, realPathOf } from './places-of-containers.ts';

/** The points at which programs of the host are run; those of `startContainer` are the container's own. */
const ofHost = ['createRuntime', 'createContainer', 'poststart', 'poststop'] as const;

type Complaint = Pick<Problem, 'path' | 'message' | 'expected'>;

/**
 * What is wrong with the hooks of a container: programs that this host does not have, or that are the container's to choose.
 */
export function hookComplaints(container: Runnable, directories: Directories): Complaint[] {
  const { hooks = {} } = container;
  return ofHost.flatMap((point) =>
    (hooks[point] ?? []).flatMap(({ path }, index): Complaint[] => {
      const wrong = complaintOf(path, container, directories);
      return wrong === undefined ? [] : [{ path: `hooks.${point}[${index}].path`, ...wrong }];
    }),
  );
}

function complaintOf(
  path: string,
  container: Runnable,
  directories: Directories,
): Omit<Complaint, 'path'> | undefined {
  if (findProgram(path) === undefined) {
    const what = existsSync(path) ? 'cannot be executed' : 'does not exist';
    return { message: `"${path}" ${what}`, expected: 'an executable file of this host' };
  }
  const paths = [resolve(path), realPathOf(path) ?? path];
  const owner = placeOfContainer(paths, container, directories);
  if (owner === undefined) return undefined;
  const expected = 'an executable file of this host that no container writes to';
  return { message: `"${path}" is in "${owner.path}", ${owner.what}`, expected };
}
