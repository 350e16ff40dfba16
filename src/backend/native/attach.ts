import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '../../linux/descriptor.ts';
import { descriptorOf } from '../../linux/pidfd.ts';
import { processIsAlive } from '../../linux/process.ts';
import { realTimeSignals, relaySignals } from '../../linux/signal-relay/relay.ts';
import type { ProcessReference } from '../../schema/container-state.ts';
import type { Attaching, Attachment } from '../backend.ts';
import { parseExitRecord } from './exit-record.ts';
import { CLOSE_STDIN, ENDED_SIZE, EXIT_RECORD, heldDescriptors } from './protocol.ts';

/** By what the keeper of a detached container holds. It is told of nobody who comes, so that nobody can hold it up. */
export const nativeAttaching: Attaching = { attach };

function attach({ keeper, recordDirectory }: Parameters<Attaching['attach']>[0]): Attachment | undefined {
  const record = openRecord(recordDirectory);
  const orders = take(keeper, heldDescriptors.order);
  const close = () => {
    for (const descriptor of [record, orders]) if (descriptor !== undefined) closeSync(descriptor);
  };
  // After the record was opened, which is of this run then.
  if (record === undefined || orders === undefined || !processIsAlive(keeper)) {
    close();
    return undefined;
  }
  return {
    isAlive: () => processIsAlive(keeper),
    exit: () => readRecord(record),
    input: () => take(keeper, heldDescriptors.stdin),
    closeInput: () => order(orders, CLOSE_STDIN),
    terminal: () => take(keeper, heldDescriptors.terminal),
    relayRealTimeSignals: () => relaySignals(realTimeSignals, orders),
    close,
  };
}

/** Undefined where the keeper has closed it, or is gone. */
function take(keeper: ProcessReference, descriptor: number): number | undefined {
  try {
    return descriptorOf(keeper, descriptor);
  } catch (error) {
    if (isErrno(error, 'EBADF') || isErrno(error, 'ESRCH')) return undefined;
    throw error;
  }
}

/** Not the keeper's own descriptor, which holds the lock. */
function openRecord(directory: string): number | undefined {
  try {
    return openSync(join(directory, EXIT_RECORD), constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function readRecord(descriptor: number): ReturnType<typeof parseExitRecord> {
  const bytes = Buffer.alloc(ENDED_SIZE);
  return parseExitRecord(bytes.subarray(0, readSync(descriptor, bytes, 0, ENDED_SIZE, 0)));
}

/** A keeper that is gone hears nothing more. */
function order(orders: number, number: number): void {
  try {
    writeSync(orders, Buffer.from([number]));
  } catch (error) {
    if (!isErrno(error, 'EPIPE')) throw error;
  }
}
