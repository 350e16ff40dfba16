import type { Accounting, Attaching, Backend, Detaching, Executing, Pausing, Updating } from '../backend.ts';
import { nativeAccounting } from './accounting.ts';
import { adopt } from './adopt.ts';
import { nativeAttaching } from './attach.ts';
import { detach, leaveGroups } from './detach.ts';
import { execute } from './execute.ts';
import { readExitRecord } from './exit-record.ts';
import { standGuard } from './guard.ts';
import { earlierKeeperGone } from './held-record.ts';
import { settle } from './host.ts';
import { nativePausing } from './pausing.ts';
import { updating } from './updating.ts';

/** What keepers and control groups do for every container that has a keeper of ours, whoever has made it. */
export type KeptPowers = Pick<Backend, 'guard' | 'readExit' | 'cleanUp'> &
  Accounting &
  Attaching &
  Detaching &
  Executing &
  Pausing &
  Updating;

interface KeptOptions {
  /** The control group above those of the containers, in each hierarchy. */
  cgroupParent: string;
  /** Of compiled system call filters. */
  cacheDirectory: string;
  /** See Backend. */
  cleanUp: (id: string) => Promise<void>;
}

/** The powers of a backend whose containers have a keeper of ours. */
export function keptPowers({ cgroupParent, cacheDirectory, cleanUp }: KeptOptions): KeptPowers {
  return {
    execute: (request) => execute(request, { cacheDirectory }),
    guard: (argv, options) => {
      settle();
      return standGuard(argv, options);
    },
    readExit: readExitRecord,
    cleanUp,
    adopt: (request) => adopt(request, () => cleanUp(request.id)),
    keeperGone: earlierKeeperGone,
    detach: (request) => detach(cgroupParent, request),
    leaveGroups: (group) => leaveGroups(cgroupParent, group),
    ...nativeAccounting,
    ...nativePausing,
    ...updating(cgroupParent),
    ...nativeAttaching,
  };
}
