import type { CgroupPlan } from '../../../linux/cgroup/cgroup.ts';
import type { Data, Entry } from '../program/program.ts';
import type { Channel } from './channel.ts';

/** What the keeper knows of init. */
export interface Family {
  /** In the keeper: the pid of init, seen from the host. */
  child: Entry;
  /** An i32: the pidfd of init. */
  pidfd: Data;
  /** Two i32: the pipe from init to the keeper. */
  errors: Data;
  /** Where init hands over the master of the terminal. */
  terminal: Channel | undefined;
  /** Its groups, by one of which it may stand still. */
  cgroups: CgroupPlan;
}
