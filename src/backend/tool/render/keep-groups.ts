import { AT_FDCWD } from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../../native/program/builder.ts';

/**
 * To a container with users of its own a tool may give its groups, in which its root could make others that then stay:
 * they are the host's again.
 */
export function keepGroups(p: ProgramBuilder, groups: readonly { path: string }[]): void {
  for (const { path } of groups)
    for (const name of ['', '/cgroup.procs', '/cgroup.threads', '/cgroup.subtree_control', '/tasks'])
      p.attempt('keep its control groups', 'fchownat', AT_FDCWD, p.string(`${path}${name}`), 0, 0, 0);
}
