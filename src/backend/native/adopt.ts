import { bringIntoOwnGroups } from '../../linux/cgroup/membership.ts';
import { isErrno } from '../../linux/descriptor.ts';
import { descriptorOf } from '../../linux/pidfd.ts';
import type { ExitStatus, ProcessReference } from '../../schema/container-state.ts';
import type { Adopted, AdoptRequest } from '../backend.ts';
import { removeAddedGroups } from './added-groups.ts';
import { parseExitRecord, readExitRecord } from './exit-record.ts';
import { keeperGone } from './held-record.ts';
import { heldDescriptors } from './protocol.ts';
import { hearKeeper } from './report.ts';

/**
 * Takes up a container that somebody else has launched, who is gone: by the other end of its keeper's report,
 * which the keeper keeps for this.
 */
export function adopt(
  { keeper, recordDirectory, hearLog }: AdoptRequest,
  cleanUp: () => Promise<void>,
): Adopted {
  attempt(() => bringIntoOwnGroups(keeper));
  const end = async (): Promise<ExitStatus> => {
    const report = reportOf(keeper);
    let record: Buffer | undefined;
    if (report !== undefined)
      await hearKeeper(report, (message) => {
        if (message.type === 'ended') record = message.record;
        if (message.type === 'log') hearLog?.(message.errno);
      });
    await keeperGone(recordDirectory);
    const seen = record ? parseExitRecord(record) : readExitRecord(recordDirectory);
    if (seen === undefined) await cleanUp();
    await removeAddedGroups(recordDirectory);
    return seen?.exit ?? { code: null, cause: 'unknown' };
  };
  return { wait: end };
}

/** It may have ended, or be where nobody is brought away from. It runs on all the same. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // As above.
  }
}

/** Undefined where it is gone, or about to leave. */
function reportOf(keeper: ProcessReference): number | undefined {
  try {
    return descriptorOf(keeper, heldDescriptors.heard);
  } catch (error) {
    if (isErrno(error, 'ESRCH') || isErrno(error, 'EBADF')) return undefined;
    throw error;
  }
}
