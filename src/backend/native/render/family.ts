import type { CgroupPlan } from '../../../linux/cgroup/cgroup.ts';
import type { Argument, Data } from '../program/program.ts';
import type { Channel } from './channel.ts';
import type { SmallInit } from './small-init-start.ts';

/** What the keeper knows of init. */
export interface Family {
  /** In the keeper: the pid of init, seen from the host. */
  child: Argument;
  /** An i32: the pidfd of init. */
  pidfd: Data;
  /** Two i32: the pipe from init to the keeper; a socket with a small init. */
  errors: Data;
  /** What init becomes in place of the program, where it does. */
  smallInit?: SmallInit | undefined;
  /** Whether init has said that it is ready, and was let in, before it is waited for. */
  isAdmitted?: boolean;
  /** Where init hands over the master of the terminal, or the master itself. */
  terminal: Channel | { master: Argument } | undefined;
  /** Its own groups, by one of which it may stand still; none of a program in the container of another keeper. */
  cgroups: Pick<CgroupPlan, 'groups'>;
}
