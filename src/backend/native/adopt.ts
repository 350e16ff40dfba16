import { setTimeout } from 'node:timers/promises';
import { isErrno } from '../../linux/descriptor.ts';
import { descriptorOf } from '../../linux/pidfd.ts';
import { processIsAlive } from '../../linux/process.ts';
import type { ExitStatus } from '../../schema/container-state.ts';
import type { Adopted, AdoptRequest } from '../backend.ts';
import { parseExitRecord, readExitRecord } from './exit-record.ts';
import { heldDescriptors } from './protocol.ts';
import { hearKeeper } from './report.ts';

/** Milliseconds between two looks at a keeper that cannot be heard any more. */
const PAUSE = 20;

/**
 * Takes up a container that somebody else has launched, who is gone: by the other end of its keeper's report,
 * which the keeper keeps for this.
 */
export function adopt(
  { keeper, recordDirectory, hearLog }: AdoptRequest,
  cleanUp: () => Promise<void>,
): Adopted {
  const end = async (): Promise<ExitStatus> => {
    const report = reportOf(keeper.pid);
    let record: Buffer | undefined;
    if (report !== undefined)
      await hearKeeper(report, (message) => {
        if (message.type === 'ended') record = message.record;
        if (message.type === 'log') hearLog?.(message.errno);
      });
    // One that is about to leave, and has closed its own end.
    while (record === undefined && processIsAlive(keeper)) await setTimeout(PAUSE);
    const seen = record ? parseExitRecord(record) : readExitRecord(recordDirectory);
    if (seen === undefined) await cleanUp();
    return seen?.exit ?? { code: null, cause: 'unknown' };
  };
  return { wait: end };
}

function reportOf(pid: number): number | undefined {
  try {
    return descriptorOf(pid, heldDescriptors.heard);
  } catch (error) {
    if (isErrno(error, 'ESRCH') || isErrno(error, 'EBADF')) return undefined;
    throw error;
  }
}
