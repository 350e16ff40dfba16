import { existsSync } from 'node:fs';
import type { Problem } from '../errors/problem.ts';
import { findProgram } from '../linux/find-program.ts';
import type { Runnable } from '../plan/runnable.ts';

/** The points at which programs of the host are run; those of `startContainer` are the container's own. */
const ofHost = ['createRuntime', 'createContainer', 'poststart', 'poststop'] as const;

/** What is wrong with the hooks of a container: programs that this host does not have. */
export function hookComplaints({ hooks = {} }: Runnable): Pick<Problem, 'path' | 'message' | 'expected'>[] {
  return ofHost.flatMap((point) =>
    (hooks[point] ?? []).flatMap(({ path }, index) => {
      if (findProgram(path) !== undefined) return [];
      const what = existsSync(path) ? 'cannot be executed' : 'does not exist';
      return [
        {
          path: `hooks.${point}[${index}].path`,
          message: `"${path}" ${what}`,
          expected: 'an executable file of this host',
        },
      ];
    }),
  );
}
